using MtaCluster.Actors.Routing;
using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Actors.Spool;

/// <summary>
/// When each message of a spool is worked on next: due now, in hand, waiting for a time, or parked until its destination has room. Not
/// durable; it follows from the state.
/// </summary>
internal sealed class SpoolAgenda(RetrySchedule schedule, long nowMilliseconds)
{
    private readonly Queue<QueuedMessage> _due = new();
    private readonly TimerWheel _wheel = new(nowMilliseconds);
    private readonly ParkedMail _parked = new();
    private readonly List<TimerWheelNode> _expired = [];

    public int InHand { get; private set; }

    /// <summary>Something waits for a time.</summary>
    public bool NeedsTicks => _wheel.Count > 0;

    /// <summary>Places a message that was accepted or recovered.</summary>
    public void Plan(QueuedMessage message, long now)
    {
        var next = Math.Min(message.NextAttemptMilliseconds, TimeAskedFor(message) ?? long.MaxValue);
        if (next <= now)
        {
            MakeDue(message);
        }
        else
        {
            _wheel.Schedule(message, next);
        }
    }

    /// <summary>Puts a message at the end of the line for work.</summary>
    public void MakeDue(QueuedMessage message)
    {
        _wheel.Cancel(message);
        message.Parked = false;
        _due.Enqueue(message);
    }

    /// <summary>Takes the next message to work on in hand; null if none is due.</summary>
    public QueuedMessage? TakeDue()
    {
        if (!_due.TryDequeue(out var message))
        {
            return null;
        }

        message.InHand = true;
        InHand++;
        return message;
    }

    /// <summary>Lets go of a message with recipients left, until the time that follows from its state.</summary>
    public void PutDown(QueuedMessage message, long now)
        => PutDownUntil(message, message.Parked ? NextLookAtParked(message, now) : NextLook(message, now));

    /// <summary>Lets go of a message until a time.</summary>
    public void PutDownUntil(QueuedMessage message, long time)
    {
        message.InHand = false;
        InHand--;
        _wheel.Schedule(message, time);
    }

    /// <summary>A message is finished.</summary>
    public void Forget(QueuedMessage message)
    {
        _wheel.Cancel(message);
        message.Parked = false;
        if (message.InHand)
        {
            message.InHand = false;
            InHand--;
        }
    }

    /// <summary>Parks a message that is still in hand; true if it is the first one at the destination.</summary>
    public bool Park(DestinationKey destination, QueuedMessage message) => _parked.Add(destination, message);

    /// <summary>Puts every parked message at the end of the line: those that were to ask for them are gone.</summary>
    public void MakeParkedDue(IEnumerable<QueuedMessage> messages)
    {
        _parked.Clear();
        foreach (var message in messages)
        {
            if (message is { Parked: true, InHand: true })
            {
                // It has its turn once it is put down.
                message.Parked = false;
            }
            else if (message.Parked)
            {
                MakeDue(message);
            }
        }
    }

    /// <summary>Takes the message that has been parked longest at a destination; null if none is.</summary>
    public QueuedMessage? TakeParked(DestinationKey destination) => _parked.Take(destination);

    /// <summary>Whether messages may still be parked at a destination.</summary>
    public bool HasParked(DestinationKey destination) => _parked.Has(destination);

    /// <summary>Makes due what waited until now.</summary>
    public void Advance(long now)
    {
        _wheel.Advance(now, _expired);
        foreach (var node in _expired)
        {
            MakeDue((QueuedMessage)node);
        }

        _expired.Clear();
    }

    // A parked message needs no time of its own, but its recipients that wait for one do, and so do the delay warning and the end of its lifetime.
    private long NextLookAtParked(QueuedMessage message, long now)
    {
        var deadlines = Deadlines.Of(message, schedule);
        var next = NextLookAt(deadlines.ExpiresAt.ToUnixTimeMilliseconds(), now);
        if (!message.DelayWarned && deadlines.WarningAt is { } warning)
        {
            next = Math.Min(next, NextLookAt(warning.ToUnixTimeMilliseconds(), now));
        }

        foreach (ref readonly var recipient in message.Recipients)
        {
            if (recipient.IsPending && recipient.NotBeforeMilliseconds > now)
            {
                next = Math.Min(next, recipient.NotBeforeMilliseconds);
            }
        }

        return next;
    }

    // The sender may have named a time at which something is to be done, whether an attempt is due then or not.
    private long NextLook(QueuedMessage message, long now)
        => TimeAskedFor(message) is { } time ? Math.Min(message.NextAttemptMilliseconds, NextLookAt(time, now)) : message.NextAttemptMilliseconds;

    private static long? TimeAskedFor(QueuedMessage message)
        => message.DeliverByMilliseconds is var time && time > message.ReceivedAtMilliseconds && (message.GivesUpInTime || !message.DelayWarned) ? time : null;

    // What was due at that time and is still to be done has failed, for the DSN could not be stored: not again with the very next tick.
    private long NextLookAt(long time, long now) => time > now ? time : now + (long)schedule.Initial.TotalMilliseconds;
}
