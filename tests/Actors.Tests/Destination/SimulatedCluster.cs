using Akka.Actor;
using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Tests.Destination;

/// <summary>
/// The lease protocol without actors: an authority with its journal, nodes with their connections, and a network that delivers, loses,
/// doubles and reorders as a spec says. The state machines are the product's own.
/// </summary>
internal sealed class SimulatedCluster
{
    private static readonly DateTimeOffset s_start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_longestStep = TimeSpan.FromSeconds(1);

    private readonly DestinationLimits _limits;
    private readonly bool _forgetsShares;
    private readonly List<DestinationEvent> _journal = [];
    private readonly List<(int Node, object Message)> _network = [];
    private DestinationState _state = null!;
    private LeaseBook _book = null!;
    private long _epoch;
    private uint _leases;
    private TimeSpan _now = TimeSpan.FromHours(1);

    /// <param name="limit">The limit of the destination.</param>
    /// <param name="nodes">How many nodes have a dispatcher for it.</param>
    /// <param name="forgetsShares">An authority that begins anew takes nothing to be in use: what the protocol is there to prevent.</param>
    public SimulatedCluster(int limit, int nodes, bool forgetsShares = false)
    {
        _limits = DestinationLimits.Default with { Connections = limit };
        _forgetsShares = forgetsShares;
        Nodes = [.. Enumerable.Range(0, nodes).Select(i => new SimulatedNode(i, TimeSpan.FromMinutes(7 * i)))];
        RestartAuthority();
    }

    public IReadOnlyList<SimulatedNode> Nodes { get; }

    /// <summary>All connections that the peer sees.</summary>
    public int Open => Nodes.Sum(node => node.Open);

    public int InFlight => _network.Count;

    public int Writes => _journal.Count;

    public TimeSpan Now => _now;

    /// <summary>Lets time pass; no node is late by more than a second in seeing that its lease has ended.</summary>
    public void Advance(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= s_longestStep)
        {
            _now += left < s_longestStep ? left : s_longestStep;
            foreach (var node in Nodes)
            {
                node.EndLease(_now);
            }
        }
    }

    public void Ask(int node) => _network.Add((node, Nodes[node].Renew(_now)));

    /// <summary>Delivers a message that is under way, whichever was sent when.</summary>
    public void Deliver(int index, Crash crash = Crash.None)
    {
        var (node, message) = _network[index];
        _network.RemoveAt(index);
        if (message is RequestLease request)
        {
            Answer(request, crash);
        }
        else
        {
            Nodes[node].Take((LeaseGranted)message, _now);
        }
    }

    public void Lose(int index) => _network.RemoveAt(index);

    public void Double(int index) => _network.Add(_network[index]);

    /// <summary>A node dies, or comes back; what was on its way to it was for the one that died.</summary>
    public void DieOrComeBack(int node)
    {
        Nodes[node].DieOrComeBack();
        _network.RemoveAll(message => message.Node == node && message.Message is LeaseGranted);
    }

    /// <summary>The authority ends, wherever it ran; another begins with what is in the journal.</summary>
    public void RestartAuthority()
    {
        _state = new DestinationState(_limits, new BackOffSettings(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)));
        _journal.ForEach(_state.Apply);
        var reserved = _forgetsShares ? [] : _state.Reserved.Select(share => new NodeShare(share.Key, share.Value));
        _book = new LeaseBook(_limits.Connections, reserved, _now);
        _epoch = 0;
    }

    /// <summary>Every node asks once, everything arrives, at once and in order; then everybody works.</summary>
    public void Round()
    {
        foreach (var node in Nodes.Where(node => node.IsAlive))
        {
            Ask(node.Number);
            Settle();
        }
    }

    /// <summary>Delivers all that is under way, in order.</summary>
    public void Settle()
    {
        while (_network.Count > 0)
        {
            Deliver(0);
        }

        foreach (var node in Nodes)
        {
            node.Work(_now);
        }
    }

    private void Answer(RequestLease request, Crash crash)
    {
        _book.Hear(request.Node, ActorRefs.Nobody, request.Connections, request.Messages, request.Holding, _now);
        var decisions = _book.Decide(request.Node, _state.AllowedConnections(s_start + _now), _now);
        if (crash == Crash.BeforeWrite)
        {
            RestartAuthority();
            return;
        }

        if (_epoch == 0)
        {
            Write(new DestinationEvent.EpochBegan(_state.Epoch + 1));
            (_epoch, _leases) = (_state.Epoch, 0);
        }

        if (_book.ToReserve(_state.Reserved) is { } shares)
        {
            Write(shares);
        }

        if (crash == Crash.AfterWrite)
        {
            RestartAuthority();
            return;
        }

        foreach (var decision in decisions)
        {
            var id = (_epoch << 32) | ++_leases;
            LeaseBook.Grant(decision, id, _now);
            var node = Nodes.Single(node => node.Name == decision.Holder.Node);
            _network.Add((node.Number, new LeaseGranted(
                Offers.Key, id, decision.Connections, long.MaxValue, LeaseBook.LeaseDuration, null, decision.Holder.AskedAt)));
        }
    }

    private void Write(DestinationEvent e)
    {
        _journal.Add(e);
        _state.Apply(e);
    }

    internal enum Crash
    {
        None,
        BeforeWrite,
        AfterWrite,
    }
}

/// <summary>A node: its gate, and what it has open.</summary>
internal sealed class SimulatedNode(int number, TimeSpan offset)
{
    private DispatchGate _gate = new();

    public int Number => number;

    public string Name => "node-" + number;

    public bool IsAlive { get; private set; } = true;

    /// <summary>Messages that it could send at once.</summary>
    public int Demand { get; set; }

    public int Busy { get; private set; }

    public int Idle { get; private set; }

    public int Open => Busy + Idle;

    public int Leased(TimeSpan now) => _gate.LeasedConnections(At(now));

    public RequestLease Renew(TimeSpan now)
    {
        var wanted = Math.Max(Busy, Demand);
        _gate.Forgo(Math.Max(wanted, Open));
        return new RequestLease(Offers.Key, Name, wanted, wanted, _gate.Holding(Open, At(now)));
    }

    public void Take(LeaseGranted lease, TimeSpan now)
    {
        _gate.Take(lease, At(now));
        CloseSurplus(now);
    }

    /// <summary>Opens what it may and has work for.</summary>
    public void Work(TimeSpan now)
    {
        while (IsAlive && Busy < Demand && _gate.MaySend(At(now)) && (Idle > 0 || Open < _gate.AllowedConnections(At(now))))
        {
            Idle = Math.Max(0, Idle - 1);
            Busy++;
        }
    }

    /// <summary>A delivery ends; the connection is kept if it may be.</summary>
    public void Finish(TimeSpan now)
    {
        if (Busy > 0)
        {
            Idle += Open <= _gate.AllowedConnections(At(now)) ? 1 : 0;
            Busy--;
        }
    }

    public void EndLease(TimeSpan now)
    {
        CloseSurplus(now);
        if (_gate.IsOverdue(At(now)))
        {
            Busy = 0;
        }
    }

    /// <summary>Dies, and its connections with it; or comes back and knows nothing.</summary>
    public void DieOrComeBack()
    {
        IsAlive = !IsAlive;
        (Busy, Idle, _gate) = (0, 0, new DispatchGate());
    }

    private void CloseSurplus(TimeSpan now) => Idle = Math.Clamp(_gate.AllowedConnections(At(now)) - Busy, 0, Idle);

    private Moment At(TimeSpan now) => new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) + now, now + offset);
}
