using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtaCluster.Node.Tests.Net.Tls;
using Xunit;

namespace MtaCluster.Node.Tests.Net;

/// <summary>A client in lines, in clear text or TLS.</summary>
internal sealed class EdgeClient : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _octets = new byte[16 * 1024];
    private Stream _stream;
    private int _filled;

    private EdgeClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Whom the server says it is.</summary>
    public string? ServerName { get; private set; }

    /// <summary>How many certificates came with the server's own.</summary>
    public int ChainLength { get; private set; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<EdgeClient> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address, Stop);
        return new EdgeClient(socket);
    }

    /// <summary>Goes into TLS. With a root, only a server that it vouches for is accepted.</summary>
    public async Task HandshakeAsync(
        string name, X509Certificate2? root = null, SslProtocols protocols = SslProtocols.None, X509Certificate2? own = null, TlsCipherSuite? suite = null)
    {
        var tls = new SslStream(_stream);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            EnabledSslProtocols = protocols,
            ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true),
            CipherSuitesPolicy = suite is { } only && OperatingSystem.IsLinux() ? new CipherSuitesPolicy([only]) : null,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                ServerName = ((X509Certificate2)certificate!).GetNameInfo(X509NameType.SimpleName, forIssuer: false);
                ChainLength = chain!.ChainPolicy.ExtraStore.Count;
                return root is null || errors == SslPolicyErrors.None;
            },
        };
        if (root is not null)
        {
            options.CertificateChainPolicy = MailCertificates.Trusting(root);
        }

        await tls.AuthenticateAsClientAsync(options, Stop).WaitAsync(EdgeServer.Patience, Stop);
        _stream = tls;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    public async Task SendAsync(byte[] octets) => await _stream.WriteAsync(octets, Stop).AsTask().WaitAsync(EdgeServer.Patience, Stop);

    public async Task<string> AskAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await LineAsync();
    }

    /// <summary>The next line; what there was of one if the server has closed.</summary>
    public async Task<string> LineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            var text = Encoding.ASCII.GetString(_octets, 0, _filled);
            var end = text.IndexOf('\n', StringComparison.Ordinal);
            var taken = end < 0 ? text.Length : end + 1;
            line.Append(text, 0, taken);
            _octets.AsSpan(taken, _filled - taken).CopyTo(_octets);
            _filled -= taken;
            if (end >= 0 || (_filled = await ReadAsync(_octets)) == 0)
            {
                return line.ToString().TrimEnd('\r', '\n');
            }
        }
    }

    /// <summary>Waits until the server closes; what it said before is passed over.</summary>
    public async Task ClosedAsync()
    {
        var octets = new byte[1024];
        while (await ReadAsync(octets) > 0)
        {
        }
    }

    /// <summary>Nothing more comes from here, though the server may still speak.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _stream.Dispose();

    private async Task<int> ReadAsync(byte[] octets)
    {
        try
        {
            return await _stream.ReadAsync(octets, Stop).AsTask().WaitAsync(EdgeServer.Patience, Stop);
        }
        catch (IOException)
        {
            // Reset: as good as closed.
            return 0;
        }
    }
}
