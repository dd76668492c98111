using System.Collections.Immutable;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>What a sender knows of one mail it sent, or of one recipient of it.</summary>
public enum Fate
{
    /// <summary>The final dot was never sent: it must not arrive.</summary>
    Unsent,

    /// <summary>The final dot was sent, perhaps, and no reply came: it may arrive or not.</summary>
    Ambiguous,

    /// <summary>Answered 2xx: it must arrive, or its sender be told that it did not.</summary>
    Acknowledged,

    /// <summary>Answered 4xx or 5xx: it must not arrive (RFC 5321 section 4.2.5).</summary>
    Refused,
}

/// <summary>How an obligation must end.</summary>
public enum Ending
{
    /// <summary>The sink takes it, at once or after some attempts.</summary>
    Delivery,

    /// <summary>The sink refuses it for good: a DSN must tell its sender.</summary>
    Bounce,
}

/// <summary>A recipient of a mail: no other mail has it. Acknowledged, it is an obligation.</summary>
/// <param name="Address">The mailbox.</param>
/// <param name="Ending">How it must end.</param>
public sealed record SentRecipient(string Address, Ending Ending)
{
    private volatile WireReply? _refusal;

    /// <summary>The negative reply to its RCPT; null if there was none.</summary>
    public WireReply? Refusal => _refusal;

    /// <summary>Its RCPT was answered 4xx or 5xx.</summary>
    public void Refuse(WireReply reply) => _refusal = reply;
}

/// <summary>One mail with an envelope of its own, and what became of it on the sender's side. One session writes, any thread reads.</summary>
/// <param name="ReversePath">The mailbox it is from: no other mail has it.</param>
/// <param name="Recipients">The mailboxes it is for.</param>
/// <param name="Content">Ends with CRLF.</param>
public sealed record SentMail(string ReversePath, ImmutableArray<SentRecipient> Recipients, byte[] Content)
{
    private volatile Fate _fate;
    private volatile WireReply? _reply;
    private volatile int _node = -1;
    private long _begunAt;
    private long _attemptedAt;
    private long _settledAt;

    /// <summary>The first recipient's address: the mail's name in reports.</summary>
    public string Name => Recipients[0].Address;

    /// <summary>The state of the sender's knowledge.</summary>
    public Fate Fate => _fate;

    /// <summary>The reply that ended the transaction; null if none came.</summary>
    public WireReply? Reply => _reply;

    /// <summary>The number of the node it was sent to; -1 before the transaction.</summary>
    public int Node => _node;

    /// <summary>The timestamp just before MAIL was sent; 0 if it was not.</summary>
    public long BegunAt => Interlocked.Read(ref _begunAt);

    /// <summary>The timestamp just before the final dot was sent; 0 if it was not.</summary>
    public long AttemptedAt => Interlocked.Read(ref _attemptedAt);

    /// <summary>The timestamp of the reply that ended the transaction; 0 if none came.</summary>
    public long SettledAt => Interlocked.Read(ref _settledAt);

    /// <summary>What is known of one of its recipients.</summary>
    public Fate FateOf(SentRecipient recipient) => recipient.Refusal is null ? Fate : Fate.Refused;

    /// <summary>MAIL is about to be sent.</summary>
    public void Begin(int node)
    {
        _node = node;
        Interlocked.Exchange(ref _begunAt, TimeProvider.System.GetTimestamp());
    }

    /// <summary>The final dot is about to be sent.</summary>
    public void Attempt()
    {
        Interlocked.Exchange(ref _attemptedAt, TimeProvider.System.GetTimestamp());
        _fate = Fate.Ambiguous;
    }

    /// <summary>A reply came: to the final dot, or a negative one that ended the transaction before it.</summary>
    public void Settle(WireReply reply)
    {
        Interlocked.Exchange(ref _settledAt, TimeProvider.System.GetTimestamp());
        _reply = reply;
        _fate = reply.IsPositive ? Fate.Acknowledged : Fate.Refused;
    }
}
