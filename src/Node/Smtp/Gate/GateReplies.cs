using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp.Gate;

/// <summary>What is said to clients that are not let in.</summary>
internal static class GateReplies
{
    /// <summary>The node has as many connections as it may.</summary>
    public static WireReply Full { get; } = Make(421, 4, 3, 2, "Too many connections, try again later");

    /// <summary>The client has as many connections as it may.</summary>
    public static WireReply TooMany { get; } = Make(421, 4, 7, 0, "Too many connections from your address, close some or try again later");

    /// <summary>The client connects too often.</summary>
    public static WireReply TooOften { get; } = Make(421, 4, 7, 0, "Too many new connections from your address, try again later");

    /// <summary>The node is under pressure.</summary>
    public static WireReply Overloaded { get; } = Make(421, 4, 3, 2, "Overloaded, try again later");

    /// <summary>The client spoke before the greeting (RFC 5321 §3.1 and §4.3.1 let it wait).</summary>
    public static WireReply EarlyTalker { get; } = Make(554, 5, 5, 1, "You spoke before the greeting, closing");

    /// <summary>The content of a message comes too slowly.</summary>
    public static WireReply TooSlow { get; } = Make(421, 4, 4, 2, "Too slow, closing");

    private static WireReply Make(int code, int @class, int subject, int detail, string text) =>
        new(new SmtpReply(code, new EnhancedStatusCode(@class, subject, detail), text));
}
