using System.Globalization;
using Akka.Actor;
using Akka.Event;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Delivery;

/// <summary>Deliver this over the connection.</summary>
internal sealed record Deliver(DeliveryOffer Offer) : INoSerializationVerificationNeeded;

/// <summary>Say QUIT and stop.</summary>
internal sealed record CloseConnection : INoSerializationVerificationNeeded
{
    public static readonly CloseConnection Instance = new();
}

/// <summary>Close the connection at once, whatever is under way, and stop.</summary>
internal sealed record CutConnection : INoSerializationVerificationNeeded
{
    public static readonly CutConnection Instance = new();
}

/// <summary>The connection is open; the message it was opened for is being delivered.</summary>
/// <param name="ConnectionId">As in the logs.</param>
/// <param name="NextHop">The host and address.</param>
internal sealed record ConnectionOpened(string ConnectionId, string NextHop) : INoSerializationVerificationNeeded;

/// <summary>No connection could be opened; the actor stops.</summary>
/// <param name="Outcome">What it means for the message that the connection was opened for.</param>
/// <param name="Path">The last host that was tried.</param>
internal sealed record ConnectionFailed(RecipientOutcome Outcome, DeliveryPath Path) : INoSerializationVerificationNeeded;

/// <summary>A delivery ended.</summary>
/// <param name="Settled">What came of it.</param>
/// <param name="Reusable">The connection takes another message; otherwise the actor stops.</param>
/// <param name="IsStale">No attempt at the message: the peer had closed the idle connection before, or has limits that leave no room for it there.</param>
internal sealed record DeliveryEnded(OfferSettled Settled, bool Reusable, bool IsStale) : INoSerializationVerificationNeeded
{
    /// <summary>The connection takes no other message, but is in order: the dispatcher has it closed with QUIT.</summary>
    public bool IsUsedUp { get; init; }
}

/// <summary>
/// One outbound SMTP session: opens a connection to the first host that takes one, delivers one message after another, says QUIT. A child
/// of its dispatcher, which decides what is sent and when; holds no mail but the message under way. The protocol is
/// <see cref="OutboundSession"/>; this actor gives it hosts, bodies and a life. It stops after its connection is closed: its dispatcher
/// counts it until then, as the peer does.
/// </summary>
internal sealed class DeliveryConnectionActor : UntypedActor
{
    private static long s_sequence;

    private readonly EgressServices _services;
    private readonly TimeSpan _connectTimeout;
    private readonly CancellationTokenSource _stopped = new();
    private readonly string _connectionId = "out-" + Interlocked.Increment(ref s_sequence).ToString("x", CultureInfo.InvariantCulture);
    private readonly DeliveryOffer _first;
    private readonly SessionSlot _opened = new();
    private Task<object> _opening = Task.FromResult<object>(Closed.Instance);
    private OpenSession? _session;
    private TimeSpan _connectTime;
    private bool _isClosing;

    public DeliveryConnectionActor(DeliveryOffer first, TimeSpan connectTimeout, EgressServices services)
    {
        _first = first;
        _connectTimeout = connectTimeout;
        _services = services;
    }

    protected override void PreStart()
    {
        _opening = OpenAsync(_first.Target.Plan, _stopped.Token);
        _opening.PipeTo(Self, failure: cause => new Crashed(cause));
    }

    protected override void PostStop()
    {
        if (!_isClosing)
        {
            _stopped.Cancel();
            _ = _opened.CloseAsync();
        }

        _stopped.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Closed:
                Context.Stop(Self);
                break;
            case var _ when _isClosing:
                break;
            case OpenSession session:
                _session = session;
                _connectTime = session.ConnectTime;
                Context.Parent.Tell(new ConnectionOpened(_connectionId, session.NextHop));
                Begin(_first);
                break;
            case ConnectionFailed failed:
                Context.Parent.Tell(failed);
                Context.Stop(Self);
                break;
            case Deliver deliver:
                Begin(deliver.Offer);
                break;
            case DeliveryEnded ended:
                Context.Parent.Tell(ended);
                if (!ended.Reusable)
                {
                    Close();
                }

                break;
            case CloseConnection:
                Quit();
                break;
            case CutConnection:
                Close();
                break;
            case Quitted:
                Close();
                break;
            case Crashed crashed:
                Context.GetLogger().Error(crashed.Cause, "Outbound connection {0} failed", _connectionId);
                Close();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Begin(DeliveryOffer offer)
    {
        var connectTime = _connectTime;
        _connectTime = TimeSpan.Zero;
        DeliverAsync(_session!, offer, connectTime, _stopped.Token).PipeTo(Self, failure: cause => new Crashed(cause));
    }

    private void Quit()
    {
        if (_session is null)
        {
            Close();
            return;
        }

        _session.Session.QuitAsync(_stopped.Token).PipeTo(Self, success: () => Quitted.Instance, failure: _ => Quitted.Instance);
    }

    private void Close()
    {
        _isClosing = true;
        _stopped.Cancel();
        CloseAsync(_opening, _opened).PipeTo(Self, success: () => Closed.Instance, failure: _ => Closed.Instance);
    }

    private static async Task CloseAsync(Task opening, SessionSlot opened)
    {
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await opened.CloseAsync().ConfigureAwait(false);
    }

    private async Task<object> OpenAsync(HopPlan plan, CancellationToken cancellationToken)
    {
        var started = _services.Time.GetTimestamp();
        var found = await _services.Hops.AddressesAsync(plan, Random.Shared, cancellationToken).ConfigureAwait(false);
        switch (found)
        {
            case HopAddresses.Fail fail:
                return new ConnectionFailed(new RecipientOutcome(OutcomeKind.Bounced, FailureScope.Recipient, fail.Reply), DeliveryPath.None);
            case HopAddresses.Defer defer:
                return new ConnectionFailed(new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Session, defer.Reply), DeliveryPath.None);
        }

        ConnectionFailed? last = null;
        foreach (var attempt in ((HopAddresses.Found)found).Attempts)
        {
            var (session, failure) = await TryAsync(attempt, plan, cancellationToken).ConfigureAwait(false);
            var nextHop = DescribeHop(attempt);
            var elapsed = _services.Time.GetElapsedTime(started);
            if (session is not null)
            {
                await _opened.PutAsync(session).ConfigureAwait(false);
                return new OpenSession(session, new MessageDelivery(session, _services.Store, _services.Time), nextHop, elapsed);
            }

            last = new ConnectionFailed(failure!, new DeliveryPath(_connectionId, nextHop, null, new DeliveryDelays(_services.Time.GetUtcNow() - _first.ReceivedAt, elapsed, default)));
        }

        return last!;
    }

    // Opportunistic TLS: where the handshake fails, clear text is better than no mail, and no worse than a peer without STARTTLS.
    private async Task<(OutboundSession? Session, RecipientOutcome? Failure)> TryAsync(
        HopAttempt attempt, HopPlan plan, CancellationToken cancellationToken)
    {
        var opened = await ConnectAsync(attempt, plan, _services.StartTls, cancellationToken).ConfigureAwait(false);
        return opened.Failure is { } failure && OutboundSession.IsTlsFailure(failure)
            ? await ConnectAsync(attempt, plan, startTls: false, cancellationToken).ConfigureAwait(false)
            : opened;
    }

    private async Task<(OutboundSession? Session, RecipientOutcome? Failure)> ConnectAsync(
        HopAttempt attempt, HopPlan plan, bool startTls, CancellationToken cancellationToken)
    {
        ISmtpTransport transport;
        using (var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            timeout.CancelAfter(_connectTimeout);
            try
            {
                transport = await _services.Connector.ConnectAsync(attempt.EndPoint, timeout.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return (null, Unreachable("connection timed out"));
            }
            catch (IOException e)
            {
                return (null, Unreachable(e.Message));
            }
        }

        var options = new OutboundSessionOptions(_services.Hostname, attempt.Host, plan.Lmtp, startTls, _services.Timeouts, _services.Time)
        {
            Converter = _services.Converter,
        };
        return await OutboundSession.OpenAsync(transport, options, cancellationToken).ConfigureAwait(false);

        RecipientOutcome Unreachable(string reason) => new(
            OutcomeKind.Deferred,
            FailureScope.Session,
            new SmtpReply(451, new EnhancedStatusCode(4, 4, 1), $"Could not connect to {DescribeHop(attempt)}: {reason}"));
    }

    private static string DescribeHop(HopAttempt attempt) => $"{attempt.Host}[{attempt.EndPoint}]";

    private async Task<DeliveryEnded> DeliverAsync(OpenSession session, DeliveryOffer offer, TimeSpan connectTime, CancellationToken cancellationToken)
    {
        var queued = _services.Time.GetUtcNow() - offer.ReceivedAt;
        var started = _services.Time.GetTimestamp();
        var result = await session.Delivery.DeliverAsync(offer, cancellationToken).ConfigureAwait(false);
        var delays = new DeliveryDelays(queued, connectTime, _services.Time.GetElapsedTime(started));
        var path = new DeliveryPath(_connectionId, session.NextHop, session.Session.TlsDescription, delays);
        var settled = new OfferSettled(offer.Id, offer.Target, result.Outcomes, path) { HandedOn = result.HandedOn };
        return new DeliveryEnded(settled, result.Reusable, result.IsStale) { IsUsedUp = result.IsUsedUp };
    }

    private sealed record OpenSession(OutboundSession Session, MessageDelivery Delivery, string NextHop, TimeSpan ConnectTime)
        : INoSerializationVerificationNeeded;

    private sealed record Crashed(Exception Cause) : INoSerializationVerificationNeeded;

    private sealed record Quitted : INoSerializationVerificationNeeded
    {
        public static readonly Quitted Instance = new();
    }

    private sealed record Closed : INoSerializationVerificationNeeded
    {
        public static readonly Closed Instance = new();
    }
}
