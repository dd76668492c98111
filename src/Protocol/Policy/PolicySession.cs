using System.Net;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Protocol.Policy;

/// <summary>
/// A session as far as it has come, for policies to look at. A snapshot: what is not known yet at a stage has its default. A policy that was
/// given up on may still look at it, and sees nothing change.
/// </summary>
public sealed record PolicySession
{
    /// <summary>The id of the connection in the logs.</summary>
    public required string ConnectionId { get; init; }

    /// <summary>The name of the listener.</summary>
    public required string Listener { get; init; }

    /// <summary>Address and port of the client: what it is for us after the PROXY protocol and XCLIENT.</summary>
    public required IPEndPoint Client { get; init; }

    /// <summary>The client may send to anybody: it is in a relay network, or has shown a certificate that may.</summary>
    public bool IsRelayClient { get; init; }

    /// <summary>TLS version and cipher suite; null in clear text.</summary>
    public string? Tls { get; init; }

    /// <summary>The SHA-256 fingerprint of the client's certificate in lower-case hexadecimal digits; null if it showed none.</summary>
    public string? CertificateFingerprint { get; init; }

    /// <summary>What the client called itself, made harmless; empty before EHLO or HELO.</summary>
    public string HelloName { get; init; } = string.Empty;

    /// <summary>Whether it said EHLO.</summary>
    public bool Extended { get; init; }

    /// <summary>Who authenticated; null for nobody.</summary>
    public string? User { get; init; }

    /// <summary>The reverse-path of the transaction: at MAIL the one that is asked about.</summary>
    public ReversePath ReversePath { get; init; } = ReversePath.Null;

    /// <summary>What MAIL asked for beyond the reverse-path.</summary>
    public MailOptions Options { get; init; } = MailOptions.None;

    /// <summary>The recipients accepted so far; at RCPT without the one that is asked about.</summary>
    public RecipientList Recipients { get; init; } = RecipientList.Empty;
}

/// <summary>A recipient with what was asked for it.</summary>
public sealed record PolicyRecipient(Mailbox Mailbox, RecipientOptions Options)
{
    /// <summary>A recipient for whom nothing was asked.</summary>
    public PolicyRecipient(Mailbox mailbox)
        : this(mailbox, RecipientOptions.None)
    {
    }

    /// <summary>
    /// Another mailbox in this one's place: what was asked for stays, and the original recipient is the one that was given first
    /// (RFC 3461 §5.2.7.1, RFC 6533 §3).
    /// </summary>
    public PolicyRecipient ForwardedTo(Mailbox other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other == Mailbox
            ? this
            : new PolicyRecipient(other, Options with { OriginalRecipient = Options.OriginalRecipient ?? OriginalRecipient.Of(Mailbox) });
    }
}

/// <summary>A message that was read to its end, and is not accepted yet.</summary>
/// <param name="QueueId">The id that it will have.</param>
/// <param name="Size">Octets of content.</param>
/// <param name="Header">Its header section with its line ends and without the empty line: as much as is kept of it.</param>
/// <param name="HeaderIsWhole">Whether <paramref name="Header"/> is all of it.</param>
public sealed record PolicyMessage(string QueueId, long Size, ReadOnlyMemory<byte> Header, bool HeaderIsWhole);
