using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtaCluster.Node.Net;
using MtaCluster.Node.Tests.Hosting;
using Xunit;

namespace MtaCluster.Node.Tests.Net;

public sealed class TcpSmtpConnectorSpecs : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TcpSmtpConnector _connector = new();

    public TcpSmtpConnectorSpecs() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_connection_carries_octets_both_ways()
    {
        await using var transport = await _connector.ConnectAsync(_listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var peer = await AcceptAsync();
        await transport.Output.WriteAsync("EHLO me\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("EHLO me\r\n", await ReadAsync(peer.GetStream(), 9));
        await peer.GetStream().WriteAsync("250 you\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("250 you\r\n", await ReadAsync(transport.Input));
        Assert.Null(transport.TlsDescription);
    }

    [Fact]
    public async Task A_refused_connection_is_an_IOException()
    {
        var endPoint = _listener.LocalEndpoint;
        _listener.Stop();
        await Assert.ThrowsAsync<IOException>(() => _connector.ConnectAsync(endPoint, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task TLS_is_negotiated_with_any_certificate_and_what_follows_is_encrypted()
    {
        using var certificate = SelfSigned();
        await using var transport = await _connector.ConnectAsync(_listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var peer = await AcceptAsync();
        await using var tls = new SslStream(peer.GetStream());
        var server = tls.AuthenticateAsServerAsync(certificate);
        await transport.StartTlsAsync("mx.example.net", TestContext.Current.CancellationToken).WaitAsync(s_patience, TestContext.Current.CancellationToken);
        await server.WaitAsync(s_patience, TestContext.Current.CancellationToken);

        await transport.Output.WriteAsync("EHLO me\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("EHLO me\r\n", await ReadAsync(tls, 9));
        Assert.StartsWith("Tls1", transport.TlsDescription, StringComparison.Ordinal);
        Assert.False(transport.IsPeerVerified);
    }

    [Theory]
    [InlineData("mx.example.net", true, true)]
    [InlineData("mx.example.net", false, false)]
    [InlineData("other.example.net", true, false)]
    public async Task A_peer_is_verified_if_its_certificate_is_for_its_name_and_from_an_authority_that_is_trusted(string name, bool isTrusted, bool isVerified)
    {
        using var authority = new TestAuthority("trusted");
        using var other = new TestAuthority("other");
        var files = authority.Issue("mx.example.net");
        using var pem = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        using var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        using var root = X509CertificateLoader.LoadCertificateFromFile((isTrusted ? authority : other).CertificateFile);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(root);
        await using var transport = await new TcpSmtpConnector(trust).ConnectAsync(_listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var peer = await AcceptAsync();
        await using var tls = new SslStream(peer.GetStream());
        var server = tls.AuthenticateAsServerAsync(certificate);

        await transport.StartTlsAsync(name, TestContext.Current.CancellationToken).WaitAsync(s_patience, TestContext.Current.CancellationToken);
        await server.WaitAsync(s_patience, TestContext.Current.CancellationToken);

        Assert.Equal(isVerified, transport.IsPeerVerified);
    }

    [Fact]
    public async Task A_peer_that_speaks_no_TLS_after_all_is_an_IOException()
    {
        await using var transport = await _connector.ConnectAsync(_listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var peer = await AcceptAsync();
        var handshake = transport.StartTlsAsync("mx.example.net", TestContext.Current.CancellationToken);
        await peer.GetStream().WriteAsync("220 not really\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<IOException>(() => handshake.WaitAsync(s_patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_caller_that_gives_up_ends_the_attempt()
    {
        using var given = new CancellationTokenSource();
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _connector.ConnectAsync(_listener.LocalEndpoint, given.Token));
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=elsewhere.example", key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private async Task<TcpClient> AcceptAsync()
        => await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(s_patience, TestContext.Current.CancellationToken);

    private static async Task<string> ReadAsync(Stream stream, int octets)
    {
        var buffer = new byte[octets];
        await stream.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(s_patience, TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(buffer);
    }

    private static async Task<string> ReadAsync(PipeReader reader)
    {
        var result = await reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(s_patience, TestContext.Current.CancellationToken);
        var text = Encoding.ASCII.GetString(result.Buffer.ToArray());
        reader.AdvanceTo(result.Buffer.End);
        return text;
    }
}
