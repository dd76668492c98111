namespace MtaCluster.Interop.Tests.Crash;

/// <summary>What a sender knows of one mail it sent.</summary>
public enum Fate
{
    /// <summary>The final dot was never sent: it must not arrive.</summary>
    Unsent,

    /// <summary>The final dot was sent, perhaps, and no reply came: it may arrive or not.</summary>
    Ambiguous,

    /// <summary>Answered 2xx: it must arrive.</summary>
    Acknowledged,

    /// <summary>Answered 4xx or 5xx: it must not arrive (RFC 5321 section 4.2.5).</summary>
    Refused,
}

/// <summary>One mail with an envelope of its own, and what became of it on the sender's side.</summary>
/// <param name="ReversePath">The mailbox it is from.</param>
/// <param name="Recipient">The mailbox it is for: no other mail has it.</param>
/// <param name="Content">Ends with CRLF.</param>
public sealed record LedgerEntry(string ReversePath, string Recipient, byte[] Content)
{
    private volatile Fate _fate;
    private long _attemptedAt;

    /// <summary>The state of the sender's knowledge.</summary>
    public Fate Fate => _fate;

    /// <summary>The timestamp just before the final dot was sent; 0 if it was not.</summary>
    public long AttemptedAt => Interlocked.Read(ref _attemptedAt);

    /// <summary>The final dot is about to be sent.</summary>
    public void Attempt()
    {
        Interlocked.Exchange(ref _attemptedAt, TimeProvider.System.GetTimestamp());
        _fate = Fate.Ambiguous;
    }

    /// <summary>A reply came: to the final dot, or one that ended the transaction before it.</summary>
    public void Settle(bool positive) => _fate = positive ? Fate.Acknowledged : Fate.Refused;
}

/// <summary>The sender's side of the truth. It lives outside the processes that are killed. Safe for concurrent use.</summary>
public sealed class MailLedger(int seed)
{
    private readonly Lock _lock = new();
    private readonly List<LedgerEntry> _entries = [];
    private readonly Random _random = new(seed);

    /// <summary>Everything that was begun so far.</summary>
    public IReadOnlyList<LedgerEntry> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    /// <summary>A new mail of up to 8 KiB, unlike all others.</summary>
    public LedgerEntry Begin()
    {
        lock (_lock)
        {
            var number = _entries.Count;
            var text = $"Subject: mail {number}\r\nMessage-ID: <{number}@example.com>\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\n";
            var filler = string.Concat(Enumerable.Repeat($".{number} {_random.Next()}\r\n", _random.Next(1, 500)));
            var entry = new LedgerEntry($"sender{number}@example.com", $"mail{number}@example.org", System.Text.Encoding.ASCII.GetBytes(text + filler));
            _entries.Add(entry);
            return entry;
        }
    }
}
