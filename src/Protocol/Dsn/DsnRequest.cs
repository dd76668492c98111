using System.Collections.Immutable;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Dsn;

/// <summary>What a delivery status notification is about.</summary>
public enum DsnKind
{
    /// <summary>The recipients will not be tried again.</summary>
    Failed,

    /// <summary>The recipients are still being tried.</summary>
    Delayed,

    /// <summary>The message was delivered to the recipients.</summary>
    Delivered,

    /// <summary>The message was given to a host that does not report its delivery (RFC 3461 §5.2.2).</summary>
    Relayed,
}

/// <summary>One recipient that a notification reports on.</summary>
/// <param name="Address">The mailbox in wire form.</param>
/// <param name="Reply">The reply that decided the last attempt. A transient one in a <see cref="DsnKind.Failed"/> notification means that time ran out.</param>
/// <param name="RemoteMta">The name of the host that was spoken to, or null when none was.</param>
/// <param name="LastAttemptAt">When the last attempt ended.</param>
public sealed record DsnRecipient(string Address, SmtpReply Reply, string? RemoteMta, DateTimeOffset LastAttemptAt)
{
    /// <summary>ORCPT as it was given (RFC 3461 §4.2), or null.</summary>
    public string? OriginalRecipient { get; init; }
}

/// <summary>What to report to whom.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="QueueId">The queue id of the notification itself; letters and digits.</param>
/// <param name="OriginalQueueId">The queue id of the message it is about.</param>
/// <param name="Hostname">The reporting MTA.</param>
/// <param name="ReversePath">The mailbox of the sender in wire form. To refuse the null reverse-path is up to the caller (RFC 5321 §6.1).</param>
/// <param name="ArrivedAt">When the message was accepted.</param>
/// <param name="CreatedAt">The date of the notification.</param>
/// <param name="WillRetryUntil">When the message will be given up; only in a <see cref="DsnKind.Delayed"/> notification.</param>
/// <param name="Recipients">The recipients, at least one.</param>
/// <param name="Original">The beginning of the original message: its header section, and whatever may follow it; or all of it, see <see cref="IsOriginalWhole"/>.</param>
public sealed record DsnRequest(
    DsnKind Kind,
    string QueueId,
    string OriginalQueueId,
    string Hostname,
    string ReversePath,
    DateTimeOffset ArrivedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset? WillRetryUntil,
    ImmutableArray<DsnRecipient> Recipients,
    ReadOnlyMemory<byte> Original)
{
    /// <summary>ENVID, decoded (RFC 3461 §4.4), or null.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary><see cref="Original"/> is the whole message, and is to be returned so (RET=FULL).</summary>
    public bool IsOriginalWhole { get; init; }

    /// <summary>The sender can read UTF-8 in header fields and addresses (RFC 6533). The notification is then in 8BITMIME and needs SMTPUTF8.</summary>
    public bool IsInternational { get; init; }
}
