using Akka.Actor;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Smtp;

/// <summary>Hand this message to its spool; <paramref name="Answer"/> is what the client is to be told, null for 250. Never leaves the node.</summary>
internal sealed record SubmitMessage(SubmittedMessage Message, TaskCompletionSource<SmtpReply?> Answer) : INoSerializationVerificationNeeded;

/// <summary>The session has ended.</summary>
internal sealed record SessionEnded : INoSerializationVerificationNeeded
{
    public static readonly SessionEnded Instance = new();
}

/// <summary>
/// One inbound SMTP session: takes each finished message to its spool and brings back the answer. Octets never pass through it: the socket
/// side streams them to the message store, and this actor gets a reference.
/// </summary>
/// <remarks>
/// Guarantees: the answer is null (250) only after <see cref="MessageEnqueued"/>, which a spool sends once the message is durable. A spool
/// that does not answer in time, or does not know what became of its write, is asked to withdraw the message, again and again, for it may be moving
/// or starting anew; only its word decides between 250 and 451, so that what was answered 451 is not delivered later. If that answer fails to
/// come as well, nothing is known, and the session is broken off without a reply, as RFC 5321 §4.5.5 leaves no truthful one.
/// </remarks>
internal sealed class ConnectionActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan s_askAgain = TimeSpan.FromSeconds(1);

    private readonly InboundServices _services;
    private QueueId _id;
    private TaskCompletionSource<SmtpReply?>? _answer;

    public ConnectionActor(InboundServices services)
    {
        _services = services;
    }

    // Looked up each time: a spool that has failed meanwhile has a successor, and that one knows.
    private IActorRef Spool => _services.LocalSpools.Find(_id.Spool)?.Actor ?? _services.SpoolRegion;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SubmitMessage submit:
                Submit(submit);
                break;
            case MessageEnqueued enqueued when enqueued.Id == _id:
                Answer(null);
                break;
            case EnqueueRefused refused when refused.Id == _id:
                Answer(refused.Reply);
                break;
            case EnqueueInDoubt doubt when doubt.Id == _id && _answer is not null:
            case Overdue overdue when overdue.Id == _id && _answer is not null:
                Withdraw();
                break;
            case AskAgain again when again.Id == _id && _answer is not null:
                Spool.Tell(new WithdrawMessage(_id));
                break;
            case GiveUp given when given.Id == _id:
                Answer(result: null, known: false);
                break;
            case SessionEnded:
                Context.Stop(Self);
                break;
            case MessageEnqueued or EnqueueRefused or EnqueueInDoubt or Overdue or AskAgain or GiveUp:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop() => _answer?.TrySetCanceled();

    private void Submit(SubmitMessage submit)
    {
        _id = submit.Message.Id;
        _answer = submit.Answer;
        if (_services.AcknowledgeBeforeCommit)
        {
            Answer(null);
        }

        Spool.Tell(new EnqueueMessage(submit.Message));
        Timers.StartSingleTimer(nameof(Overdue), new Overdue(_id), _services.AcceptTimeout);
    }

    private void Withdraw()
    {
        Timers.Cancel(nameof(Overdue));
        Timers.StartPeriodicTimer(nameof(AskAgain), new AskAgain(_id), TimeSpan.Zero, s_askAgain);
        Timers.StartSingleTimer(nameof(GiveUp), new GiveUp(_id), _services.AcceptTimeout);
    }

    private void Answer(SmtpReply? result, bool known = true)
    {
        Timers.CancelAll();
        var answer = _answer;
        _answer = null;
        if (known)
        {
            answer?.TrySetResult(result);
        }
        else
        {
            answer?.TrySetCanceled();
        }
    }

    private sealed record Overdue(QueueId Id) : INoSerializationVerificationNeeded;

    private sealed record AskAgain(QueueId Id) : INoSerializationVerificationNeeded;

    private sealed record GiveUp(QueueId Id) : INoSerializationVerificationNeeded;
}
