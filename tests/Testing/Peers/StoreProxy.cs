using System.Net;

namespace MtaCluster.Testing.Peers;

/// <summary>
/// A TCP proxy before a PostgreSQL server. On command it cuts connections at the worst moment: a COMMIT has gone to the server, and its answer
/// has come back to the proxy but goes no further.
/// </summary>
public sealed class StoreProxy : TcpProxy
{
    private int _cutsLeft;
    private int _cuts;

    private StoreProxy(IPAddress address, int serverPort)
        : base(address, serverPort)
    {
    }

    /// <summary>Connections that were cut so far.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Starts one.</summary>
    /// <param name="serverPort">The server's port on 127.0.0.1.</param>
    /// <param name="address">Where to listen; null for 127.0.0.1.</param>
    public static StoreProxy Start(int serverPort, IPAddress? address = null) => new(address ?? IPAddress.Loopback, serverPort);

    /// <summary>The next so many COMMITs lose their answer, and their connection with it.</summary>
    public void CutCommits(int count) => Interlocked.Exchange(ref _cutsLeft, count);

    /// <inheritdoc/>
    protected override IProxyTap Tap() => new Cutter(this);

    private bool TakeCut()
    {
        if (Interlocked.Decrement(ref _cutsLeft) >= 0)
        {
            Interlocked.Increment(ref _cuts);
            return true;
        }

        Interlocked.Increment(ref _cutsLeft);
        return false;
    }

    private sealed class Cutter(StoreProxy owner) : IProxyTap
    {
        // What makes a transaction durable: the command, or the end of a COPY that is a transaction of its own.
        private static readonly byte[] s_commit = [.. "COMMIT"u8, 0];
        private static readonly byte[] s_copyDone = [(byte)'c', 0, 0, 0, 4];
        private volatile bool _isCut;

        // A question always goes to the server.
        public bool FromClient(ReadOnlySpan<byte> octets)
        {
            if (!_isCut && (octets.IndexOf(s_commit) >= 0 || octets.IndexOf(s_copyDone) >= 0) && owner.TakeCut())
            {
                _isCut = true;
            }

            return true;
        }

        public bool FromServer(ReadOnlySpan<byte> octets) => !_isCut;
    }
}
