using System.Net;
using MtaCluster.Actors.Rates;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Net;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp.Gate;

/// <summary>
/// Decides who is let in. Counts connections, all together and by client, at this node; asks the cluster for the rate of a client's new ones. Holds memory for
/// clients that are connected, and so for no more than there may be connections. Thread-safe.
/// </summary>
internal sealed class ConnectionGate(InboundSettings settings, LoadShedding shedding, IClusterRates rates)
{
    private readonly ClientNetworks _exempt = new(settings.ExemptFrom);
    private readonly Dictionary<ClientKey, int> _clients = [];
    private readonly Lock _counting = new();
    private int _open;

    /// <summary>Connections that were let in and have not ended.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Clients that are counted.</summary>
    internal int Clients
    {
        get
        {
            lock (_counting)
            {
                return _clients.Count;
            }
        }
    }

    /// <summary>Whether a client is exempt from what is meant for strangers.</summary>
    public bool IsExempt(IPAddress client) => _exempt.Contains(client);

    /// <summary>Lets a client in, or says why not. Takes no longer than the cluster may take for an answer about a rate.</summary>
    public async ValueTask<Admission> EnterAsync(IPAddress client)
    {
        if (shedding.IsShedding)
        {
            return new Admission(GateReplies.Overloaded);
        }

        var key = ClientKey.Of(client);
        var isExempt = IsExempt(client);
        if (Count(key, isExempt) is { } refusal)
        {
            return new Admission(refusal);
        }

        var admission = new Admission(this, isExempt ? null : key);
        if (isExempt || settings.ConnectionRatePerClient is not { } rate
            || await rates.TryTakeAsync(RateKey.Connections(key.ToString()), rate).ConfigureAwait(false))
        {
            return admission;
        }

        admission.Dispose();
        return new Admission(GateReplies.TooOften);
    }

    private WireReply? Count(ClientKey key, bool isExempt)
    {
        lock (_counting)
        {
            if (_open >= settings.Connections)
            {
                return GateReplies.Full;
            }

            if (!isExempt)
            {
                var open = _clients.GetValueOrDefault(key);
                if (open >= settings.ConnectionsPerClient)
                {
                    return GateReplies.TooMany;
                }

                _clients[key] = open + 1;
            }

            _open++;
            return null;
        }
    }

    private void Leave(ClientKey? key)
    {
        lock (_counting)
        {
            _open--;
            if (key is { } counted)
            {
                if (_clients[counted] == 1)
                {
                    _clients.Remove(counted);
                }
                else
                {
                    _clients[counted]--;
                }
            }
        }
    }

    /// <summary>What became of a client's wish to be let in. Disposed when its connection ends.</summary>
    internal sealed class Admission : IDisposable
    {
        private readonly ClientKey? _key;
        private ConnectionGate? _gate;

        public Admission(WireReply refusal)
        {
            Refusal = refusal;
        }

        public Admission(ConnectionGate gate, ClientKey? key)
        {
            _gate = gate;
            _key = key;
        }

        /// <summary>What to say to a client that is not let in; null for one that is.</summary>
        public WireReply? Refusal { get; }

        /// <inheritdoc/>
        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Leave(_key);
    }
}
