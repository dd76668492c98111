using System.Net;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Tests.Net.Tls;
using Xunit;

namespace MtaCluster.Node.Tests.Net;

/// <summary>PROXY protocol, gate and TLS, one behind the other.</summary>
public sealed class EdgeSpecs : IDisposable
{
    private static readonly byte[] s_version2 = Convert.FromHexString("0d0a0d0a000d0a515549540a2111000cc0000201c6336401dc040019");

    private readonly MailCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(ListenerTls.None)]
    [InlineData(ListenerTls.StartTls)]
    [InlineData(ListenerTls.Implicit)]
    public async Task The_header_of_a_proxy_comes_before_TLS(ListenerTls mode)
    {
        await using var server = await EdgeServer.StartAsync(mode, Tls(), isProxied: true);
        using var client = await EdgeClient.ConnectAsync(server.Address);
        await client.SendAsync(s_version2);
        if (mode == ListenerTls.Implicit)
        {
            await client.HandshakeAsync("mx.example.net", _certificates.Root);
        }

        Assert.Equal("220 ready", await client.LineAsync());
        if (mode == ListenerTls.StartTls)
        {
            await client.AskAsync("STARTTLS");
            await client.HandshakeAsync("mx.example.net", _certificates.Root);
        }

        Assert.StartsWith("192.0.2.1:56324 198.51.100.1:25" + (mode == ListenerTls.None ? "" : " TLSv1.3"), await client.AskAsync("WHO"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_gate_counts_the_clients_of_a_proxy_not_the_proxy()
    {
        await using var server = await EdgeServer.StartAsync(inbound: new InboundSettings { ConnectionsPerClient = 1 }, isProxied: true);
        using var first = await EdgeClient.ConnectAsync(server.Address);
        await first.SendAsync("PROXY TCP4 192.0.2.1 198.51.100.1 1 25\r\n");
        Assert.Equal("220 ready", await first.LineAsync());

        using var other = await EdgeClient.ConnectAsync(server.Address);
        await other.SendAsync("PROXY TCP4 192.0.2.2 198.51.100.1 1 25\r\n");
        Assert.Equal("220 ready", await other.LineAsync());

        using var again = await EdgeClient.ConnectAsync(server.Address);
        await again.SendAsync("PROXY TCP4 192.0.2.1 198.51.100.1 2 25\r\n");
        Assert.StartsWith("421 4.7.0 Too many connections", await again.LineAsync(), StringComparison.Ordinal);
        Assert.Equal("", await again.LineAsync());
    }

    [Fact]
    public async Task Who_is_refused_is_told_and_closed_and_who_leaves_makes_room()
    {
        await using var server = await EdgeServer.StartAsync(inbound: new InboundSettings { Connections = 1 });
        using var first = await EdgeClient.ConnectAsync(server.Address);
        await first.LineAsync();
        using (var second = await EdgeClient.ConnectAsync(server.Address))
        {
            Assert.Equal("421 4.3.2 Too many connections, try again later", await second.LineAsync());
            Assert.Equal("", await second.LineAsync());
        }

        await first.SendAsync("QUIT\r\n");
        await first.ClosedAsync();
        Assert.Equal(1, server.Log.CountOf("ConnectionRefused"));
        using var third = await EdgeClient.ConnectAsync(server.Address);
        Assert.Equal("220 ready", await third.LineAsync());
    }

    [Fact]
    public async Task Who_is_refused_where_TLS_is_spoken_is_closed_without_a_word_in_clear_text()
    {
        await using var server = await EdgeServer.StartAsync(ListenerTls.Implicit, Tls());
        server.Rates.Answer = true;
        using var client = await EdgeClient.ConnectAsync(server.Address);
        await client.HandshakeAsync("mx.example.net", _certificates.Root);
        Assert.Equal("220 ready", await client.LineAsync());

        await using var closed = await EdgeServer.StartAsync(
            ListenerTls.Implicit, Tls(), new InboundSettings { ConnectionRatePerClient = new(1, TimeSpan.FromSeconds(1)) });
        closed.Rates.Answer = false;
        using var refused = await EdgeClient.ConnectAsync(closed.Address);
        Assert.Equal("", await refused.LineAsync());
        Assert.Equal($"connections {IPAddress.Loopback} 1/s", Assert.Single(closed.Rates.Asked));
    }

    private TlsSettings Tls() => new([_certificates.Write("mx", "mx.example.net")]);
}
