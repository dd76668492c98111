using System.Net;
using System.Text;

namespace MtaCluster.Testing.Peers;

/// <summary>Stands between a client and a server, and keeps what the client said in the clear, and where it waited for an answer.</summary>
public sealed class SmtpWiretap : TcpProxy
{
    /// <summary>Stands where the server spoke.</summary>
    public const char Answer = '\u2190';

    private readonly Lock _lock = new();
    private readonly StringBuilder _said = new();

    private SmtpWiretap(int serverPort)
        : base(IPAddress.Loopback, serverPort)
    {
    }

    /// <summary>What all clients said so far, one char per octet, with an <see cref="Answer"/> wherever the server spoke meanwhile.</summary>
    public string Said
    {
        get
        {
            lock (_lock)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Starts one on 127.0.0.1.</summary>
    /// <param name="serverPort">The server's port on 127.0.0.1.</param>
    public static SmtpWiretap Start(int serverPort) => new(serverPort);

    /// <inheritdoc/>
    protected override IProxyTap Tap() => new Recorder(this);

    private void Record(ReadOnlySpan<byte> octets)
    {
        lock (_lock)
        {
            _said.Append(Encoding.Latin1.GetString(octets));
        }
    }

    private void RecordAnswer()
    {
        lock (_lock)
        {
            _said.Append(Answer);
        }
    }

    private sealed class Recorder(SmtpWiretap owner) : IProxyTap
    {
        public bool FromClient(ReadOnlySpan<byte> octets)
        {
            owner.Record(octets);
            return true;
        }

        public bool FromServer(ReadOnlySpan<byte> octets)
        {
            owner.RecordAnswer();
            return true;
        }
    }
}
