using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// One message while there is work on it: routes each recipient that is due, offers them to the dispatchers of their destinations,
/// turns outcomes into what the spool is to journal, and writes the DSN. A child of its spool, which journals, and stops it; it holds
/// nothing that the spool could not give to its successor.
/// </summary>
/// <remarks>
/// Counts what is open (routes, offers, reports, records not yet durable); at zero the message is put down. Outcomes of one destination
/// are recorded without waiting for another's, so that a slow one leaves the others' no longer in doubt than need be.
/// </remarks>
internal sealed class MessageActor : UntypedActor
{
    private readonly SpoolServices _services;
    private readonly CancellationTokenSource _stopped = new();
    private readonly ImmutableArray<DeliveryTarget>.Builder _parkedAt = ImmutableArray.CreateBuilder<DeliveryTarget>();
    private readonly Dictionary<DestinationKey, ImmutableArray<int>> _offered = [];
    private MessageInHand _message;
    private int _open;

    public MessageActor(MessageInHand message, SpoolServices services)
    {
        _message = message;
        _services = services;
    }

    public static Props Props(MessageInHand message, SpoolServices services)
        => ActorProps.Of(() => new MessageActor(message, services));

    protected override void PreStart() => Route();

    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
        Context.Parent.Tell(new AttemptAborted(_message.Id));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case OfferSettled settled:
                Settle(settled);
                break;
            case OfferParked parked:
                Park(parked);
                break;
            case AttemptRecorded:
                Close();
                break;
            case Routed routed:
                Place(routed.Recipients, routed.Decision);
                Close();
                break;
            case RecordAttempt reported:
                Context.Parent.Tell(reported);
                break;
            case ReportFailed failed:
                KeepUnreported(failed);
                break;
            case Status.Failure failure:
                Context.GetLogger().Error(failure.Cause, "Message {0} failed in hand", _message.Id);
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // One route per domain; the recipients of domains that share a destination go in one transaction.
    private void Route()
    {
        _open++;
        var now = _services.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var placed = new Dictionary<DestinationKey, (DeliveryTarget Target, ImmutableArray<int>.Builder Recipients)>();
        foreach (var (domain, recipients) in DueByDomain(now))
        {
            var route = _services.Routes.PlanAsync(domain, _stopped.Token).AsTask();
            if (!route.IsCompletedSuccessfully)
            {
                _open++;
                route.PipeTo(Self, success: decision => new Routed(recipients, decision));
            }
            else if (route.Result is RouteDecision.ToDestination to)
            {
                if (!placed.TryGetValue(to.Key, out var group))
                {
                    placed.Add(to.Key, group = (new DeliveryTarget(to.Key, to.Plan), ImmutableArray.CreateBuilder<int>(recipients.Length)));
                }

                group.Recipients.AddRange(recipients);
            }
            else
            {
                Place(recipients, route.Result);
            }
        }

        foreach (var (target, recipients) in placed.Values)
        {
            Offer(target, recipients.ToImmutable());
        }

        Close();
    }

    private Dictionary<string, ImmutableArray<int>> DueByDomain(long now)
    {
        var byDomain = new Dictionary<string, ImmutableArray<int>>(StringComparer.Ordinal);
        for (var i = 0; i < _message.Recipients.Length; i++)
        {
            var recipient = _message.Recipients[i];
            if (recipient.IsDueAt(now))
            {
                var domain = Mailbox.DomainOf(recipient.Address);
                byDomain[domain] = byDomain.TryGetValue(domain, out var others) ? others.Add(i) : [i];
            }
        }

        return byDomain;
    }

    private void Place(ImmutableArray<int> recipients, RouteDecision decision)
    {
        switch (decision)
        {
            case RouteDecision.ToDestination to when _offered.ContainsKey(to.Key):
                // The destination is, or was, at work on this message already: two answers from it could not be told apart; these recipients take their turn with its next attempt.
                _parkedAt.Add(new DeliveryTarget(to.Key, to.Plan));
                break;
            case RouteDecision.ToDestination to:
                Offer(new DeliveryTarget(to.Key, to.Plan), recipients);
                break;
            case RouteDecision.Fail fail:
                Conclude(recipients, new RecipientOutcome(OutcomeKind.Bounced, FailureScope.Recipient, fail.Reply));
                break;
            case RouteDecision.Defer defer:
                Conclude(recipients, new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Recipient, defer.Reply));
                break;
        }
    }

    private void Offer(DeliveryTarget target, ImmutableArray<int> recipients)
    {
        _open++;
        _offered[target.Key] = recipients;
        _services.Egress.Tell(new DeliveryOffer(
            _message.Id,
            target,
            _message.ReversePath,
            recipients.Length == 1
                ? [_message.Recipients[recipients[0]].Address]
                : ImmutableArray.CreateRange(recipients, index => _message.Recipients[index].Address),
            _message.Body,
            _message.EightBit,
            _message.ReceivedAt,
            Context.Parent));
    }

    private void Conclude(ImmutableArray<int> recipients, RecipientOutcome outcome)
        => Record(Pair(recipients, _ => outcome), null, DeliveryPath.None);

    private void Settle(OfferSettled settled)
    {
        if (TakeOffered(settled.Target.Key, out var recipients))
        {
            Record(Pair(recipients, i => settled.Outcomes[i]), settled.Target, settled.Path);
            Close();
        }
    }

    // The first answer to an offer counts; the destination stays noted.
    private bool TakeOffered(DestinationKey destination, out ImmutableArray<int> recipients)
    {
        if (!_offered.TryGetValue(destination, out recipients) || recipients.IsDefault)
        {
            return false;
        }

        _offered[destination] = default;
        return true;
    }

    private static IndexedOutcome[] Pair(ImmutableArray<int> recipients, Func<int, RecipientOutcome> outcome)
    {
        var paired = new IndexedOutcome[recipients.Length];
        for (var i = 0; i < paired.Length; i++)
        {
            paired[i] = new IndexedOutcome(recipients[i], outcome(i));
        }

        return paired;
    }

    // No attempt was made. The message may still have become late, or too old, while it waited.
    private void Park(OfferParked parked)
    {
        if (!TakeOffered(parked.Target.Key, out var recipients))
        {
            return;
        }

        var now = _services.Time.GetUtcNow();
        if (AttemptEvaluation.IsExpired(_message, now, _services.Schedule))
        {
            var reply = AttemptEvaluation.Expired(parked.Reason);
            Record(Pair(recipients, _ => new RecipientOutcome(OutcomeKind.Bounced, FailureScope.Session, reply)), null, DeliveryPath.None);
        }
        else
        {
            _parkedAt.Add(parked.Target);
            if (AttemptEvaluation.IsLate(_message, now, _services.Schedule))
            {
                WarnOfDelay(ImmutableArray.CreateRange(recipients, i => new ReportSubject(_message.Recipients[i].Address, parked.Reason, null)));
            }
        }

        Close();
    }

    private void Record(IndexedOutcome[] outcomes, DeliveryTarget? target, DeliveryPath path)
    {
        var verdict = AttemptEvaluation.Evaluate(_message, outcomes, _services.Time.GetUtcNow(), _services.Schedule, Random.Shared);
        foreach (ref readonly var transition in verdict.Recipients.AsSpan())
        {
            Log(transition, target, path);
        }

        var record = new RecordAttempt(_message.Id, verdict.Recipients, false, null, target is null ? null : Sender);
        Send(record, SubjectsOf(OutcomeKind.Bounced, verdict.Recipients, path), isDelayWarning: false);
        if (verdict.WarnsOfDelay)
        {
            WarnOfDelay(SubjectsOf(OutcomeKind.Deferred, verdict.Recipients, path));
        }
    }

    private void WarnOfDelay(ImmutableArray<ReportSubject> subjects)
    {
        _message = _message with { DelayWarned = true };
        Send(new RecordAttempt(_message.Id, [], true, null, null), subjects, isDelayWarning: true);
    }

    // A DSN is durable before the event that accepts it, and that event also ends the recipients that it reports.
    private void Send(RecordAttempt record, ImmutableArray<ReportSubject> subjects, bool isDelayWarning)
    {
        _open++;
        if (subjects.IsEmpty)
        {
            Context.Parent.Tell(record);
        }
        else if (_message.ReversePath.Length == 0)
        {
            _services.MailLog.ReportSuppressed(_message.Id, subjects.Length);
            Context.Parent.Tell(record);
        }
        else
        {
            var notBefore = _services.Time.GetUtcNow() + _services.Schedule.Initial;
            _services.Reports.WriteAsync(_message, subjects, isDelayWarning, _stopped.Token).PipeTo(
                Self,
                success: report => record with { Report = report },
                failure: cause => new ReportFailed(record, cause, notBefore));
        }
    }

    // Without its DSN a bounce would be silent loss: the recipients stay, and are tried again.
    private void KeepUnreported(ReportFailed failed)
    {
        Context.GetLogger().Warning(failed.Cause, "No DSN could be stored for message {0}; its recipients stay queued", _message.Id);
        var kept = ImmutableArray.CreateRange(failed.Record.Recipients, recipient => recipient.Kind == OutcomeKind.Bounced
            ? recipient with { Kind = OutcomeKind.Deferred, NotBefore = failed.NotBefore }
            : recipient);
        Context.Parent.Tell(failed.Record with { Recipients = kept, DelayWarned = false });
    }

    private ImmutableArray<ReportSubject> SubjectsOf(OutcomeKind kind, ImmutableArray<RecipientTransition> transitions, DeliveryPath path)
    {
        ImmutableArray<ReportSubject>.Builder? subjects = null;
        foreach (ref readonly var transition in transitions.AsSpan())
        {
            if (transition.Kind == kind)
            {
                subjects ??= ImmutableArray.CreateBuilder<ReportSubject>();
                subjects.Add(new ReportSubject(_message.Recipients[transition.Index].Address, transition.Reply, path.NextHop));
            }
        }

        return subjects?.ToImmutable() ?? [];
    }

    private void Log(in RecipientTransition transition, DeliveryTarget? target, DeliveryPath path)
    {
        var recipient = _message.Recipients[transition.Index];
        _services.Counters.Attempted(transition.Kind);
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

    private void Close()
    {
        if (--_open == 0)
        {
            Context.Parent.Tell(new MessageIdle(_message.Id, _parkedAt.ToImmutable()));
        }
    }

    private sealed record Routed(ImmutableArray<int> Recipients, RouteDecision Decision) : INoSerializationVerificationNeeded;

    private sealed record ReportFailed(RecordAttempt Record, Exception Cause, DateTimeOffset NotBefore) : INoSerializationVerificationNeeded;
}
