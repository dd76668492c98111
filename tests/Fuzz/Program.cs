using System.Globalization;
using MtaCluster.Fuzz;

if (args is ["--help"] or ["-h"])
{
    Console.WriteLine("""
        Feeds SMTP sessions with octets that no client would send, and checks what must hold for each.
          fuzz [SECONDS [SEED]]     60 seconds and a random seed if not given
          fuzz [--lmtp] FILE...     tries the inputs in these files, each also octet by octet
        The exit code is 0 if everything held.
        """);
    return 0;
}

var lmtp = args.Contains("--lmtp");
args = [.. args.Where(argument => argument != "--lmtp")];
if (args.Length > 0 && File.Exists(args[0]))
{
    foreach (var file in args)
    {
        var content = await File.ReadAllBytesAsync(file);
        await SessionFuzzer.TryAsync(content, [[.. Enumerable.Repeat(1, content.Length)]], lmtp);
    }

    return 0;
}

var seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 60;
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Random.Shared.Next();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
var report = await new SessionFuzzer(checksMemory: true).RunAsync(seed, TimeSpan.FromSeconds(seconds));
if (report.Failure is { } failure)
{
    Console.WriteLine(failure);
    Console.WriteLine(report.Input);
    return 1;
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Sessions} inputs, each twice: everything held"));
return 0;
