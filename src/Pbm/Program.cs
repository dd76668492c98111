using MtaCluster.Pbm;

var output = new Output(Console.Out, Console.Error);
if (CommandLine.Parse(args, out var error) is not { } line)
{
    output.WriteError(error!);
    output.WriteError("pbm --help tells how it is used");
    return CommandLine.Unusable;
}

if ((line.Help && line.Words.IsEmpty) || line.Version)
{
    output.WriteLine(line.Version ? typeof(CommandLine).Assembly.GetName().Version!.ToString(3) : CommandLine.Usage);
    return 0;
}

try
{
    using var client = new AdminClient(line);
    using var interrupts = new Interrupts();
    var session = new Session(line, client, output, SecretReader.OfProcess());
    if (!line.Words.IsEmpty)
    {
        return await interrupts.RunAsync(ended => session.RunAsync(line.Words, ended)).ConfigureAwait(false);
    }

    var isShell = line.Script is null && !Console.IsInputRedirected && !Console.IsOutputRedirected;
    return isShell
        ? await new Shell(line.Target, session, output, interrupts).RunAsync().ConfigureAwait(false)
        : await new Script(session, interrupts).RunAsync(line.Script).ConfigureAwait(false);
}
catch (NotAnsweredException failure)
{
    output.WriteError(failure.Message, line.Json);
    return CommandLine.Unusable;
}
catch (OperationCanceledException)
{
    return CommandLine.Failed;
}
