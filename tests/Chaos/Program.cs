using MtaCluster.Chaos;

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
