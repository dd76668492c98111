using MtaCluster.Chaos;

if (args is ["--help" or "-h"])
{
    Console.WriteLine(ChaosOptions.Usage);
    return 0;
}

try
{
    var options = ChaosOptions.Parse(args);
    return await Runs.MakeAsync(options, Console.Error.WriteLine);
}
catch (FormatException error)
{
    Console.Error.WriteLine($"{error.Message}\n\n{ChaosOptions.Usage}");
    return 2;
}
