using System.Collections.Immutable;
using System.Text;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Testing.Ledgers;

/// <summary>The sender's side of the truth. It lives outside the processes that are killed. Safe for concurrent use.</summary>
/// <param name="seed">Decides contents and behaviours.</param>
/// <param name="mix">What is sent; null for plain mail to example.org.</param>
public sealed class SenderLedger(int seed, MailMix? mix = null)
{
    private readonly MailMix _mix = mix ?? MailMix.Plain;
    private readonly Lock _lock = new();
    private readonly List<SentMail> _entries = [];
    private readonly Random _random = new(seed);

    /// <summary>Everything that was begun so far.</summary>
    public IReadOnlyList<SentMail> Entries
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
    public SentMail Begin()
    {
        lock (_lock)
        {
            var number = _entries.Count;
            var recipients = _mix.Draw(_random).Select((behaviour, index) => Recipient(behaviour, number, index)).ToImmutableArray();
            var entry = new SentMail($"sender.{number}@{_mix.ReturnDomain}", recipients, Content(number));
            _entries.Add(entry);
            return entry;
        }
    }

    private static SentRecipient Recipient(SinkBehaviour behaviour, int number, int index) =>
        new(behaviour.LocalPart($"{number}.{index}") + "@" + MailMix.DomainOf(behaviour), behaviour.Ending);

    private byte[] Content(int number)
    {
        var header = $"Subject: mail {number}\r\nMessage-ID: <{number}@example.com>\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\n";
        var filler = string.Concat(Enumerable.Repeat($".{number} {_random.Next()}\r\n", _random.Next(1, 500)));
        return Encoding.ASCII.GetBytes(header + filler);
    }
}
