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
internal sealed partial class MessageActor : UntypedActor
{
    private static readonly SmtpReply s_late = new(451, new EnhancedStatusCode(4, 4, 7), "Not delivered yet in the time asked for");

    private readonly SpoolServices _services;
    private readonly CancellationTokenSource _stopped = new();
    private readonly ImmutableArray<DeliveryTarget>.Builder _parkedAt = ImmutableArray.CreateBuilder<DeliveryTarget>();
    private readonly Dictionary<DestinationKey, ImmutableArray<int>> _offered = [];
    private MessageInHand _message;
    private int _open;
    private bool _offersNoMore;

    public MessageActor(MessageInHand message, SpoolServices services)
    {
        _message = message;
        _services = services;
    }

    public static Props Props(MessageInHand message, SpoolServices services)
        => ActorProps.Of(() => new MessageActor(message, services));

    protected override void PreStart()
    {
        if (RecordInherited() && !ActOnTimeAskedFor())
        {
            Route();
        }
    }

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
            case StopOffering:
                _offersNoMore = true;
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

    // The time of BY (RFC 2852 §4) comes whether an attempt is due or not. True if the message is given up then: no attempt is made any more.
    private bool ActOnTimeAskedFor()
    {
        if (_message.Options.DeliverBy is null)
        {
            return false;
        }

        var (now, deadlines) = (_services.Time.GetUtcNow(), Deadlines.Of(_message, _services.Schedule));
        if (deadlines.ExpiresOnRequest && now >= deadlines.ExpiresAt)
        {
            var pending = Pending();
            Record(Pair(pending, i => Expired(pending[i], deadlines)), null);
            return true;
        }

        if (AttemptEvaluation.IsLate(_message, now, _services.Schedule))
        {
            WarnOfDelay(Pending(), i => _message.Recipients[i].LastReply ?? s_late);
        }

        return false;
    }

    private RecipientOutcome Expired(int recipient, in Deadlines deadlines)
        => new(OutcomeKind.Bounced, FailureScope.Message, AttemptEvaluation.Expired(_message.Recipients[recipient].LastReply, deadlines));

    private ImmutableArray<int> Pending() => [.. Enumerable.Range(0, _message.Recipients.Length).Where(i => _message.Recipients[i].IsPending)];

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
            case RouteDecision.ToDestination when _offersNoMore:
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
            Context.Parent)
        {
            Options = _message.Options,
            RecipientOptions = _message.HasRecipientOptions ? ImmutableArray.CreateRange(recipients, index => _message.Recipients[index].Options) : [],
        });
    }

    private void Conclude(ImmutableArray<int> recipients, RecipientOutcome outcome)
        => Record(Pair(recipients, _ => outcome), null);

    private void Settle(OfferSettled settled)
    {
        if (TakeOffered(settled.Target.Key, out var recipients))
        {
            Record(Pair(recipients, i => settled.Outcomes[i]), settled, Sender);
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
            var reply = AttemptEvaluation.Expired(parked.Reason, Deadlines.Of(_message, _services.Schedule));
            Conclude(recipients, new RecipientOutcome(OutcomeKind.Bounced, FailureScope.Session, reply));
        }
        else
        {
            _parkedAt.Add(parked.Target);
            if (AttemptEvaluation.IsLate(_message, now, _services.Schedule))
            {
                WarnOfDelay(recipients, _ => parked.Reason);
            }
        }

        Close();
    }

    private void Close()
    {
        if (--_open == 0)
        {
            Context.Parent.Tell(new MessageIdle(_message.Id, _parkedAt.ToImmutable()));
        }
    }

    private sealed record Routed(ImmutableArray<int> Recipients, RouteDecision Decision) : INoSerializationVerificationNeeded;
}
