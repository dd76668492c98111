using System.Text;

namespace MtaCluster.Testing.Peers;

/// <summary>One session of a <see cref="LedgerSink"/>.</summary>
internal sealed class LedgerSinkSession(SinkScript script, Action<ReceivedMail> record, Stream stream)
{
    private readonly SmtpWire _wire = new(stream);
    private readonly List<string> _recipients = [];
    private readonly List<string> _commands = [];
    private string _client = string.Empty;
    private string _reversePath = string.Empty;

    public async Task RunAsync(CancellationToken stopping)
    {
        await SayAsync("220 ledger.example.net ESMTP", stopping).ConfigureAwait(false);
        while (await _wire.ReadLineAsync(stopping).ConfigureAwait(false) is { } line)
        {
            var verb = line.Split(' ', 2)[0].ToUpperInvariant();
            if (verb == "DATA")
            {
                if (!await TakeContentAsync(stopping).ConfigureAwait(false))
                {
                    return;
                }

                continue;
            }

            await SayAsync(Answer(verb, line), stopping).ConfigureAwait(false);
            if (verb == "QUIT")
            {
                return;
            }
        }
    }

    private static string Path(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.LastIndexOf('>')];

    private string Answer(string verb, string line)
    {
        switch (verb)
        {
            case "EHLO":
                _client = line[4..].Trim();
                return string.Concat(script.Extensions.Prepend("ledger.example.net").Select(extension => $"250-{extension}\r\n")) + "250 HELP";
            case "MAIL":
                _reversePath = Path(line);
                _recipients.Clear();
                _commands.Clear();
                _commands.Add(line);
                return "250 2.1.0 ok";
            case "RCPT":
                var refusal = script.OnRecipient(Path(line));
                if (refusal is null)
                {
                    _recipients.Add(Path(line));
                    _commands.Add(line);
                }

                return refusal ?? "250 2.1.5 ok";
            case "QUIT":
                return "221 2.0.0 bye";
            case "HELO" or "RSET" or "NOOP":
                _recipients.Clear();
                return "250 2.0.0 ok";
            default:
                return "502 5.5.1 not here";
        }
    }

    private async Task<bool> TakeContentAsync(CancellationToken stopping)
    {
        if (_recipients.Count == 0)
        {
            await SayAsync("554 5.5.1 no valid recipients", stopping).ConfigureAwait(false);
            return true;
        }

        await SayAsync("354 go on", stopping).ConfigureAwait(false);
        if (await _wire.ReadContentAsync(stopping).ConfigureAwait(false) is not { } content)
        {
            return false;
        }

        var mail = new ReceivedMail(_reversePath, [.. _recipients], content, TimeProvider.System.GetTimestamp()) { Client = _client, Commands = [.. _commands] };
        _recipients.Clear();
        return await ActAsync(script.OnDot(mail), mail, stopping).ConfigureAwait(false);
    }

    /// <returns>False if the connection is to be closed.</returns>
    private async Task<bool> ActAsync(DotAction action, ReceivedMail mail, CancellationToken stopping)
    {
        if (action is DotAction.Accept or DotAction.RecordAndDrop)
        {
            record(mail with { IsAnswered = action == DotAction.Accept });
        }

        switch (action)
        {
            case DotAction.Accept or DotAction.Lose:
                await SayAsync("250 2.0.0 taken", stopping).ConfigureAwait(false);
                return true;
            case DotAction.Refuse:
                await SayAsync(script.Refusal, stopping).ConfigureAwait(false);
                return true;
            case DotAction.Stall:
                await Task.Delay(script.StallTime, stopping).ConfigureAwait(false);
                return false;
            case DotAction.Nonsense:
                await SayAsync("What a nice message that was!", stopping).ConfigureAwait(false);
                return true;
            default:
                return false;
        }
    }

    private ValueTask SayAsync(string reply, CancellationToken stopping) =>
        stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"), stopping);
}
