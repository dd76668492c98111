using System.Text.RegularExpressions;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Fuzz;

/// <summary>Something does not hold that must.</summary>
public sealed class InvariantException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What holds for every session, whatever the client sends.</summary>
public static partial class Invariants
{
    private const int LongestReplyLine = 512;

    /// <summary>Checks a session.</summary>
    /// <exception cref="InvariantException">One does not hold.</exception>
    public static void Check(SessionRun run, bool lmtp)
    {
        ArgumentNullException.ThrowIfNull(run);
        Require(run.OpenWriters == 0, "a body was begun and neither kept nor given up");
        CheckReplies(run.Output);
        var queued = QueuedReply().Count(run.Output);
        Require(lmtp ? queued >= run.Messages.Count : queued == run.Messages.Count, $"{run.Messages.Count} messages were taken, and {queued} replies said so");
        foreach (var (message, body) in run.Messages.Zip(run.Bodies))
        {
            CheckMessage(message.ReversePath, message.Recipients, message.Options, body);
        }
    }

    /// <summary>Checks that two sessions with one input in different pieces were the same.</summary>
    /// <exception cref="InvariantException">They were not.</exception>
    public static void CheckSame(SessionRun one, SessionRun other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        Require(one.Output == other.Output, $"how the input was cut changed the replies:\n{one.Output}\n-- and --\n{other.Output}");
        Require(one.Bodies.Count == other.Bodies.Count && one.Bodies.Zip(other.Bodies).All(pair => pair.Item1.AsSpan().SequenceEqual(pair.Item2)),
            "how the input was cut changed a message");
    }

    private static void CheckReplies(string output)
    {
        Require(output.EndsWith("\r\n", StringComparison.Ordinal), "the last reply has no end");
        var isFirst = true;
        foreach (var line in output[..^2].Split("\r\n"))
        {
            Require(ReplyLine().IsMatch(line), $"no reply line: {line}");
            Require(line.Length + 2 <= LongestReplyLine, "a reply line is too long");
            Require(!isFirst || line.StartsWith("220 ", StringComparison.Ordinal), "the greeting is missing");
            isFirst = false;
        }
    }

    private static void CheckMessage(string reversePath, IReadOnlyCollection<string> recipients, MailOptions options, byte[] body)
    {
        Require(recipients.Count > 0, "a message has no recipient");
        Require(!reversePath.Any(char.IsControl) && !recipients.Any(recipient => recipient.Any(char.IsControl)), "an address holds a control character");
        Require(recipients.All(recipient => recipient.Contains('@', StringComparison.Ordinal)), "a recipient is no mailbox");
        Require(options.SmtpUtf8 || recipients.Append(reversePath).All(address => System.Text.Ascii.IsValid(address)), "an international address without SMTPUTF8");
        Require(body.AsSpan().StartsWith("Received: from "u8), "a message does not begin with our trace field");
        if (options.Body != MailBodyType.BinaryMime)
        {
            CheckLines(body);
        }
    }

    // Another program must not see an end of data where we saw none.
    private static void CheckLines(ReadOnlySpan<byte> body)
    {
        Require(body.EndsWith("\r\n"u8), "a message does not end with a line end");
        for (var i = 0; i < body.Length; i++)
        {
            Require(body[i] != 0, "a message holds a NUL");
            Require(body[i] != (byte)'\r' || (i + 1 < body.Length && body[i + 1] == (byte)'\n'), "a message holds a bare CR");
            Require(body[i] != (byte)'\n' || (i > 0 && body[i - 1] == (byte)'\r'), "a message holds a bare LF");
        }
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvariantException(what);
        }
    }

    [GeneratedRegex("^[2-5][0-9][0-9][ -][ -~]*$")]
    private static partial Regex ReplyLine();

    [GeneratedRegex("^250 2\\.0\\.0 Ok: queued as ", RegexOptions.Multiline)]
    private static partial Regex QueuedReply();
}
