using System.Collections.Immutable;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>What a <see cref="QueueFilter"/> selects of a spool, and how it is told. Reads only.</summary>
internal static class QueueSelection
{
    /// <summary>The messages that the filter selects, in no order.</summary>
    public static ImmutableArray<QueuedMessage> Select(IReadOnlyCollection<QueuedMessage> messages, QueueFilter filter)
        => [.. messages.Where(message => IsSelected(message, filter))];

    /// <summary>Oldest first.</summary>
    public static IEnumerable<QueuedMessage> ByAge(ImmutableArray<QueuedMessage> messages) => messages.OrderBy(message => message.Id);

    /// <summary>Where a message is in its life.</summary>
    public static QueueStatus StatusOf(QueuedMessage message) => message switch
    {
        { InHand: true } => QueueStatus.Active,
        { Parked: true } => QueueStatus.Parked,
        { IsScheduled: true } => QueueStatus.Waiting,
        _ => QueueStatus.Active,
    };

    /// <summary>All that an administrator may want to know of a message.</summary>
    public static MessageDescription Describe(QueuedMessage message)
    {
        var (reversePath, addresses) = message.Envelope();
        var (options, recipientOptions) = message.Options();
        var recipients = ImmutableArray.CreateBuilder<RecipientDescription>(addresses.Length);
        for (var i = 0; i < addresses.Length; i++)
        {
            ref readonly var recipient = ref message.Recipients[i];
            recipients.Add(new RecipientDescription(
                addresses[i], recipient.IsDone, recipient.Attempts, TimeOf(recipient.NotBeforeMilliseconds), recipient.LastReply)
            {
                Options = recipientOptions.IsEmpty ? RecipientOptions.None : recipientOptions[i],
            });
        }

        return new MessageDescription(
            message.Id, reversePath, message.Body.Length, ReceivedAt(message), StatusOf(message), recipients.MoveToImmutable())
        {
            Options = options,
        };
    }

    /// <summary>The recipients that are not done, by domain.</summary>
    public static ImmutableArray<DomainSummary> Summarize(ImmutableArray<QueuedMessage> messages, QueueFilter filter)
    {
        var domains = new Dictionary<string, Sum>(StringComparer.OrdinalIgnoreCase);
        foreach (var message in messages)
        {
            var addresses = message.Envelope().Recipients;
            for (var i = 0; i < addresses.Length; i++)
            {
                if (message.Recipients[i].IsPending && Matches(addresses[i], filter))
                {
                    var domain = Mailbox.DomainOf(addresses[i]);
                    if (!domains.TryGetValue(domain, out var sum))
                    {
                        domains.Add(domain, sum = new Sum());
                    }

                    sum.Add(message, message.Recipients[i]);
                }
            }
        }

        return [.. domains.OrderByDescending(domain => domain.Value.Recipients).Select(domain => domain.Value.ToSummary(domain.Key))];
    }

    private static bool IsSelected(QueuedMessage message, QueueFilter filter)
    {
        if ((filter.Status is { } status && StatusOf(message) != status) || (filter.ReceivedBefore is { } time && ReceivedAt(message) >= time))
        {
            return false;
        }

        if (filter is { Domain: null, Sender: null, Recipient: null })
        {
            return true;
        }

        // Only now, for it unpacks the envelope.
        var (reversePath, recipients) = message.Envelope();
        return (filter.Sender is null || reversePath.Equals(filter.Sender, StringComparison.OrdinalIgnoreCase)) && HasMatch(message, recipients, filter);
    }

    private static bool HasMatch(QueuedMessage message, ImmutableArray<string> recipients, QueueFilter filter)
    {
        for (var i = 0; i < recipients.Length; i++)
        {
            if (message.Recipients[i].IsPending && Matches(recipients[i], filter))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Matches(string recipient, QueueFilter filter)
        => (filter.Recipient is null || recipient.Equals(filter.Recipient, StringComparison.OrdinalIgnoreCase))
            && (filter.Domain is null || IsIn(Mailbox.DomainOf(recipient.AsSpan()), filter.Domain));

    // "*.example" is every domain below.
    private static bool IsIn(ReadOnlySpan<char> domain, string pattern) => pattern.StartsWith("*.", StringComparison.Ordinal)
        ? domain.Length >= pattern.Length && domain.EndsWith(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase)
        : domain.Equals(pattern, StringComparison.OrdinalIgnoreCase);

    private static DateTimeOffset ReceivedAt(QueuedMessage message) => DateTimeOffset.FromUnixTimeMilliseconds(message.ReceivedAtMilliseconds);

    private static DateTimeOffset? TimeOf(long milliseconds) => milliseconds == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private sealed class Sum
    {
        private QueuedRecipient _mostTried;
        private long _octets;
        private long _oldest = long.MaxValue;
        private long _next = long.MaxValue;

        public int Recipients { get; private set; }

        public void Add(QueuedMessage message, in QueuedRecipient recipient)
        {
            Recipients++;
            _octets += message.Body.Length;
            _oldest = Math.Min(_oldest, message.ReceivedAtMilliseconds);
            _next = Math.Min(_next, recipient.NotBeforeMilliseconds);
            if (recipient.Attempts > _mostTried.Attempts)
            {
                _mostTried = recipient;
            }
        }

        public DomainSummary ToSummary(string domain) => new(
            domain, Recipients, _octets, DateTimeOffset.FromUnixTimeMilliseconds(_oldest), TimeOf(_next), _mostTried.LastReply);
    }
}
