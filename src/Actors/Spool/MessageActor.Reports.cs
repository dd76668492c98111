using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Smtp;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Dsn;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <content>What is recorded of outcomes, logged, and told to the sender.</content>
internal sealed partial class MessageActor
{
    /// <param name="outcomes">What is to be recorded.</param>
    /// <param name="settled">The answer that it is from; null where no attempt was made.</param>
    /// <param name="dispatcher">Who gave that answer.</param>
    private void Record(IndexedOutcome[] outcomes, OfferSettled? settled, IActorRef? dispatcher = null)
    {
        var (target, path) = (settled?.Target, settled?.Path ?? DeliveryPath.None);
        var verdict = AttemptEvaluation.Evaluate(_message, outcomes, _services.Time.GetUtcNow(), _services.Schedule, Random.Shared);
        foreach (ref readonly var transition in verdict.Recipients.AsSpan())
        {
            Log(transition, target, path);
        }

        var record = new RecordAttempt(_message.Id, verdict.Recipients, false, [], dispatcher);
        Send(record, ReportsOn(verdict.Recipients, path, settled?.HandedOn ?? HandedOn.None, isFinal: target?.Plan.Lmtp == true));
        if (verdict.WarnsOfDelay)
        {
            var deferred = verdict.Recipients.Where(transition => transition.Kind == OutcomeKind.Deferred);
            WarnOfDelay([.. deferred.Select(transition => SubjectOf(transition, path))]);
        }
    }

    private void WarnOfDelay(ImmutableArray<int> recipients, Func<int, SmtpReply> reply)
        => WarnOfDelay(ImmutableArray.CreateRange(recipients, i => new ReportSubject(_message.Recipients[i], reply(i), null)));

    // Journaled also where nobody is told: once is enough to find that out.
    private void WarnOfDelay(ImmutableArray<ReportSubject> late)
    {
        _message = _message with { DelayWarned = true };
        var subjects = late.RemoveAll(subject => !ReportPolicy.ReportsDelay(subject.Recipient.Options, _message.Options));
        var isReported = !subjects.IsEmpty && !IsSuppressed(subjects.Length);
        Send(new RecordAttempt(_message.Id, [], true, [], null), isReported ? [new Report(DsnKind.Delayed, subjects)] : []);
    }

    private ImmutableArray<Report> ReportsOn(ImmutableArray<RecipientTransition> transitions, DeliveryPath path, HandedOn handedOn, bool isFinal)
    {
        List<ReportSubject>? failed = null, delivered = null;
        var unwanted = 0;
        foreach (ref readonly var transition in transitions.AsSpan())
        {
            var options = _message.Recipients[transition.Index].Options;
            if (transition.Kind == OutcomeKind.Bounced && ReportPolicy.ReportsFailure(options))
            {
                (failed ??= []).Add(SubjectOf(transition, path));
            }
            else if (transition.Kind == OutcomeKind.Bounced)
            {
                unwanted++;
            }
            else if (transition.Kind == OutcomeKind.Delivered && ReportPolicy.OfDelivery(options, _message.Options, handedOn, isFinal) is not null)
            {
                (delivered ??= []).Add(SubjectOf(transition, path));
            }
        }

        if (unwanted > 0)
        {
            _services.MailLog.ReportSuppressed(_message.Id, unwanted, SuppressionReason.NotWanted);
        }

        return failed is null && delivered is null ? [] : ReportsOn(failed, delivered, isFinal);
    }

    private ImmutableArray<Report> ReportsOn(List<ReportSubject>? failed, List<ReportSubject>? delivered, bool isFinal)
    {
        var reports = ImmutableArray.CreateBuilder<Report>(2);
        if (failed is not null && !IsSuppressed(failed.Count))
        {
            reports.Add(new Report(DsnKind.Failed, [.. failed]));
        }

        if (delivered is not null && _message.ReversePath.Length > 0)
        {
            reports.Add(new Report(isFinal ? DsnKind.Delivered : DsnKind.Relayed, [.. delivered]));
        }

        return reports.ToImmutable();
    }

    private bool IsSuppressed(int recipients)
    {
        if (_message.ReversePath.Length > 0)
        {
            return false;
        }

        _services.MailLog.ReportSuppressed(_message.Id, recipients, SuppressionReason.NullReversePath);
        return true;
    }

    private ReportSubject SubjectOf(in RecipientTransition transition, DeliveryPath path)
        => new(_message.Recipients[transition.Index], transition.Reply, path.NextHop);

    // A DSN is durable before the event that accepts it, and that event also ends the recipients that it reports.
    private void Send(RecordAttempt record, ImmutableArray<Report> reports)
    {
        _open++;
        if (reports.IsEmpty)
        {
            Context.Parent.Tell(record);
            return;
        }

        var notBefore = _services.Time.GetUtcNow() + _services.Schedule.Initial;
        WriteAsync(_message, reports, _services, _stopped.Token).PipeTo(
            Self,
            success: written => record with { Reports = written },
            failure: cause => new ReportFailed(record, cause, notBefore));
    }

    private static async Task<ImmutableArray<SubmittedMessage>> WriteAsync(
        MessageInHand message, ImmutableArray<Report> reports, SpoolServices services, CancellationToken cancellationToken)
    {
        var willRetryUntil = Deadlines.Of(message, services.Schedule).ExpiresAt;
        var written = ImmutableArray.CreateBuilder<SubmittedMessage>(reports.Length);
        foreach (var report in reports)
        {
            written.Add(await services.Reports.WriteAsync(message, report.Kind, report.Subjects, willRetryUntil, cancellationToken).ConfigureAwait(false));
        }

        return written.MoveToImmutable();
    }

    // Without its DSN a bounce would be silent loss: the recipients stay, and are tried again. What was delivered cannot be: it goes unreported.
    private void KeepUnreported(ReportFailed failed)
    {
        Context.GetLogger().Warning(failed.Cause, "No DSN could be stored for message {0}; recipients that failed stay queued", _message.Id);
        var kept = ImmutableArray.CreateRange(failed.Record.Recipients, recipient => recipient.Kind == OutcomeKind.Bounced
            ? recipient with { Kind = OutcomeKind.Deferred, NotBefore = failed.NotBefore }
            : recipient);
        Context.Parent.Tell(failed.Record with { Recipients = kept, DelayWarned = false });
    }

    private void Log(in RecipientTransition transition, DeliveryTarget? target, DeliveryPath path)
    {
        var recipient = _message.Recipients[transition.Index];
        _services.MailLog.Attempted(new DeliveryAttempt(
            _message.Id,
            path.ConnectionId,
            _message.ReversePath,
            recipient.Address,
            target?.Key.ToString(),
            path.NextHop,
            path.Tls,
            transition.Kind,
            transition.Reply,
            recipient.Attempts + 1,
            transition.Kind == OutcomeKind.Deferred ? transition.NotBefore : null,
            path.Delays));
    }

    private readonly record struct Report(DsnKind Kind, ImmutableArray<ReportSubject> Subjects);

    private sealed record ReportFailed(RecordAttempt Record, Exception Cause, DateTimeOffset NotBefore) : INoSerializationVerificationNeeded;
}
