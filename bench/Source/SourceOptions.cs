using System.Globalization;

namespace MtaCluster.Source;

/// <summary>What to send, and how.</summary>
/// <param name="Port">The port of the server, on 127.0.0.1.</param>
/// <param name="Messages">Messages in all.</param>
/// <param name="Sessions">Sessions, all open at once and to the end.</param>
/// <param name="Size">Octets of a message.</param>
/// <param name="Authority">The file with the certificate that is trusted; null for no TLS.</param>
internal sealed record SourceOptions(int Port, int Messages, int Sessions, int Size, string? Authority)
{
    /// <summary>How it is called.</summary>
    public const string Usage = """
        source PORT MESSAGES SESSIONS SIZE [--tls CA]
        Sends MESSAGES of SIZE octets to 127.0.0.1 over SESSIONS that stay open, each message of a session once the reply to its last has come.
        With --tls after STARTTLS, in TLS 1.3; the server's certificate must come from the one in the file CA.
        It opens all sessions, writes a line "ready", waits for a line, sends, writes a line "done" once all are accepted, and quits.
        The exit code is 0 if every reply was the one wanted.
        """;

    /// <summary>Null if the arguments cannot be understood.</summary>
    public static SourceOptions? Parse(string[] arguments) => arguments switch
    {
        [var port, var messages, var sessions, var size] => Of(port, messages, sessions, size, null),
        [var port, var messages, var sessions, var size, "--tls", var authority] => Of(port, messages, sessions, size, authority),
        _ => null,
    };

    private static SourceOptions? Of(string port, string messages, string sessions, string size, string? authority) =>
        Number(port) is { } at && Number(messages) is { } count && Number(sessions) is { } open && Number(size) is { } octets
            ? new SourceOptions(at, count, open, octets, authority)
            : null;

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
