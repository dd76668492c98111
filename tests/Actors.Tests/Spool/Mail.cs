using System.Collections.Immutable;
using System.Globalization;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>Messages and outcomes for specs.</summary>
internal static class Mail
{
    public static readonly DateTimeOffset Start = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static readonly SmtpReply Taken = new(250, new EnhancedStatusCode(2, 0, 0), "taken");

    public static readonly SmtpReply Busy = new(450, new EnhancedStatusCode(4, 2, 0), "mailbox busy");

    public static readonly SmtpReply Unknown = new(550, new EnhancedStatusCode(5, 1, 1), "no such user");

    public static readonly RetrySchedule Schedule = new(
        TimeSpan.FromMinutes(5), 2, TimeSpan.FromHours(2), 0, TimeSpan.FromDays(5), TimeSpan.FromHours(4));

    public static QueueId Id(int n, int spool = 0)
        => new(((ulong)Start.ToUnixTimeMilliseconds() << 12) | (uint)spool, (ulong)n);

    public static SpoolTransition.Accepted Accepted(int n, params string[] recipients) => new(
        Id(n), "s@example.org", recipients.Length == 0 ? ["r@example.net"] : [.. recipients], new BodyRef(1, n, 100), false, Start);

    public static SubmittedMessage Submitted(int n, params string[] recipients)
    {
        var accepted = Accepted(n, recipients);
        return new SubmittedMessage(accepted.Id, accepted.ReversePath, accepted.Recipients, accepted.Body, false, Start);
    }

    public static QueuedMessage Queued(int n, params string[] recipients) => new(Accepted(n, recipients));

    public static RecipientTransition Delivered(int index) => new(index, OutcomeKind.Delivered, Taken, default);

    public static RecipientTransition Bounced(int index) => new(index, OutcomeKind.Bounced, Unknown, default);

    public static RecipientTransition Deferred(int index, DateTimeOffset notBefore) => new(index, OutcomeKind.Deferred, Busy, notBefore);

    public static SpoolTransition.Attempted Attempted(int n, params RecipientTransition[] recipients)
        => new(Id(n), ImmutableArray.Create(recipients));

    /// <summary>All that a spool's state says, as text.</summary>
    public static string Describe(SpoolState state) => string.Join(
        '\n',
        state.Messages.OrderBy(message => message.Id).Select(message =>
        {
            var (reversePath, recipients) = message.Envelope();
            var each = message.Recipients.ToArray().Select((recipient, i) => string.Create(
                CultureInfo.InvariantCulture,
                $"{recipients[i]} {recipient.IsDone} {recipient.Attempts} {recipient.NotBeforeMilliseconds} {recipient.LastReply}"));
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{message.Id} {reversePath} {message.Body} {message.EightBit} {message.ReceivedAtMilliseconds} {message.DelayWarned} {message.PendingRecipients}: {string.Join(", ", each)}");
        }));
}
