using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Policy;

/// <summary>
/// How a message is held: its release is put off beyond any time that comes, as if the sender had asked for it (RFC 4865), and a header field says why.
/// Somebody who has looked at it lets it go, or deletes it, through the queue.
/// </summary>
public static class Quarantine
{
    /// <summary>The name of the field.</summary>
    public const string FieldName = "X-Quarantine-Reason";

    /// <summary>When a message that is held would be released.</summary>
    public static DateTimeOffset Release { get; } = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The options of a message that is held. What it was to be delivered by does not count any more.</summary>
    public static MailOptions Hold(MailOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with { HoldUntil = Release, DeliverBy = null };
    }

    /// <summary>Whether a message with these options is held.</summary>
    public static bool IsHeld(MailOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.HoldUntil >= Release;
    }

    /// <summary>The field that says why.</summary>
    public static HeaderField Field(string reason) => HeaderField.CreateSafe(FieldName, reason);
}
