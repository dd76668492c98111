using BenchmarkDotNet.Running;

// dotnet run --project bench/Micro -c Release -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
