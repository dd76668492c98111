using System.Security.Authentication;
using System.Security.Cryptography;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Net.Tls;
using MtaCluster.Testing.Peers;
using Xunit;

namespace MtaCluster.Node.Tests.Net.Tls;

/// <summary>TLS with real clients over loopback.</summary>
public sealed class ListenerTlsSpecs : IDisposable
{
    private readonly MailCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task A_client_may_go_into_TLS_and_who_is_who_is_known_thereafter()
    {
        var files = _certificates.Write("mx", "mx.example.net");
        await using var server = await EdgeServer.StartAsync(ListenerTls.StartTls, new TlsSettings([files]));
        using var client = await EdgeClient.ConnectAsync(server.Address);
        Assert.Equal("220 ready", await client.LineAsync());
        Assert.Equal("220 go ahead", await client.AskAsync("STARTTLS"));

        await client.HandshakeAsync("mx.example.net", _certificates.Root);

        var who = await client.AskAsync("WHO");
        Assert.Matches(@" TLSv1\.3 TLS_AES_256_GCM_SHA384 sni=mx\.example\.net client= binding=[0-9a-f]{64}$", who);
        Assert.Equal("again", await client.AskAsync("again"));
        await client.SendAsync("QUIT\r\n");
        await client.ClosedAsync();
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, "TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")]
    [InlineData(SslProtocols.Tls13, "TLSv1.3 TLS_AES_256_GCM_SHA384")]
    public async Task Both_versions_are_spoken_from_the_first_octet(SslProtocols protocols, string expected)
    {
        await using var server = await EdgeServer.StartAsync(ListenerTls.Implicit, new TlsSettings([_certificates.Write("mx", "mx.example.net")]));
        using var client = await EdgeClient.ConnectAsync(server.Address);

        await client.HandshakeAsync("mx.example.net", _certificates.Root, protocols);

        Assert.Equal("220 ready", await client.LineAsync());
        Assert.Contains($" {expected} sni=mx.example.net ", await client.AskAsync("WHO"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256")]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384")]
    [InlineData("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA")]
    public async Task Suites_without_authenticated_encryption_are_not_spoken(string suite)
    {
        await using var server = await EdgeServer.StartAsync(ListenerTls.Implicit, new TlsSettings([_certificates.Write("mx", "mx.example.net")]));
        using var client = await EdgeClient.ConnectAsync(server.Address);

        await Assert.ThrowsAnyAsync<AuthenticationException>(() => client.HandshakeAsync(
            "mx.example.net", null, SslProtocols.Tls12, null, Enum.Parse<System.Net.Security.TlsCipherSuite>(suite)));
    }

    [Fact]
    public async Task Where_1_3_is_the_minimum_1_2_is_not_spoken()
    {
        var settings = new TlsSettings([_certificates.Write("mx", "mx.example.net")]) { OnlyTls13 = true };
        await using var server = await EdgeServer.StartAsync(ListenerTls.Implicit, settings);
        using var older = await EdgeClient.ConnectAsync(server.Address);
        await Assert.ThrowsAnyAsync<AuthenticationException>(() => older.HandshakeAsync("mx.example.net", null, SslProtocols.Tls12));

        using var newer = await EdgeClient.ConnectAsync(server.Address);
        await newer.HandshakeAsync("mx.example.net", _certificates.Root);
        Assert.Equal("220 ready", await newer.LineAsync());
    }

    [Theory]
    [InlineData("mx.example.net", "mx.example.net")]
    [InlineData("MX.Example.NET", "mx.example.net")]
    [InlineData("two.example.net", "mx.example.net")]
    [InlineData("mail.example.org", "*.example.org")]
    [InlineData("special.example.org", "special.example.org")]
    [InlineData("a.b.example.org", "mx.example.net")]
    [InlineData("example.org", "mx.example.net")]
    [InlineData("nobody.example", "mx.example.net")]
    public async Task A_client_gets_the_certificate_of_the_name_that_it_asks_for_or_else_the_first(string name, string expected)
    {
        var settings = new TlsSettings(
        [
            _certificates.Write("mx", "mx.example.net", "two.example.net"),
            _certificates.Write("wild", "*.example.org"),
            _certificates.Write("special", "special.example.org"),
            _certificates.Write("late", "late.example", "mx.example.net"),
        ]);
        await using var server = await EdgeServer.StartAsync(ListenerTls.Implicit, settings);
        using var client = await EdgeClient.ConnectAsync(server.Address);

        await client.HandshakeAsync(name);

        Assert.Equal(expected, client.ServerName);
    }

    [Fact]
    public async Task The_chain_is_sent_so_that_who_trusts_the_root_trusts_the_server()
    {
        await using var server = await EdgeServer.StartAsync(ListenerTls.Implicit, new TlsSettings([_certificates.Write("mx", "mx.example.net")]));
        using var client = await EdgeClient.ConnectAsync(server.Address);
        await client.HandshakeAsync("mx.example.net", _certificates.Root);
        Assert.True(client.ChainLength >= 1);

        using var wrong = await EdgeClient.ConnectAsync(server.Address);
        await Assert.ThrowsAnyAsync<AuthenticationException>(() => wrong.HandshakeAsync("other.example", _certificates.Root));
    }

    [Fact]
    public async Task A_new_certificate_is_taken_without_a_restart_and_one_that_cannot_be_used_is_not()
    {
        var files = _certificates.Write("mx", "one.example");
        await using var server = await EdgeServer.StartAsync(ListenerTls.Implicit, new TlsSettings([files]));
        Assert.Equal("one.example", await NameAsync(server));

        _certificates.Write("mx", "two.example");
        server.Time.Advance(TlsCertificates.LookInterval);
        Assert.Equal("two.example", await NameAsync(server));

        // Only the certificate so far: its key is still to come.
        var next = _certificates.Write("next", "three.example");
        File.Copy(next.CertificateFile, files.CertificateFile, overwrite: true);
        server.Time.Advance(3 * TlsCertificates.LookInterval);
        Assert.Equal("two.example", await NameAsync(server));
        Assert.Equal(1, server.Log.CountOf("CertificateNotReloaded"));

        File.Copy(next.KeyFile, files.KeyFile, overwrite: true);
        server.Time.Advance(TlsCertificates.LookInterval);
        Assert.Equal("three.example", await NameAsync(server));

        File.Delete(files.CertificateFile);
        server.Time.Advance(3 * TlsCertificates.LookInterval);
        Assert.Equal("three.example", await NameAsync(server));
        Assert.Equal((2, 3), (server.Log.CountOf("CertificateNotReloaded"), server.Log.CountOf("CertificateLoaded")));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task The_certificate_of_a_client_is_known_by_its_fingerprint_whoever_signed_it(SslProtocols protocols)
    {
        var settings = new TlsSettings([_certificates.Write("mx", "mx.example.net")]) { RequestsClientCertificates = true };
        await using var server = await EdgeServer.StartAsync(ListenerTls.StartTls, settings);
        using var own = _certificates.Client();
        using var client = await EdgeClient.ConnectAsync(server.Address);
        await client.LineAsync();
        await client.AskAsync("STARTTLS");
        await client.HandshakeAsync("mx.example.net", _certificates.Root, protocols, own);
        Assert.Contains($" client={Convert.ToHexStringLower(SHA256.HashData(own.RawData))} ", await client.AskAsync("WHO"), StringComparison.Ordinal);

        using var other = await EdgeClient.ConnectAsync(server.Address);
        await other.LineAsync();
        await other.AskAsync("STARTTLS");
        await other.HandshakeAsync("mx.example.net", _certificates.Root, protocols);
        Assert.Contains(" client= ", await other.AskAsync("WHO"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_text_behind_STARTTLS_is_taken_away_and_never_read_as_a_command()
    {
        await using var server = await EdgeServer.StartAsync(ListenerTls.StartTls, new TlsSettings([_certificates.Write("mx", "mx.example.net")]));
        using var client = await EdgeClient.ConnectAsync(server.Address);
        await client.LineAsync();

        Assert.Equal("554 refused", await client.AskAsync("STARTTLS\r\nWHO"));

        Assert.Equal("", await client.LineAsync());
    }

    [Theory]
    [InlineData(ListenerTls.StartTls)]
    [InlineData(ListenerTls.Implicit)]
    public async Task Plain_text_in_place_of_a_handshake_ends_the_connection(ListenerTls mode)
    {
        await using var server = await EdgeServer.StartAsync(mode, new TlsSettings([_certificates.Write("mx", "mx.example.net")]));
        using var client = await EdgeClient.ConnectAsync(server.Address);
        if (mode == ListenerTls.StartTls)
        {
            await client.LineAsync();
            await client.AskAsync("STARTTLS");
        }

        await client.SendAsync("EHLO x\r\nMAIL FROM:<a@b.example>\r\n");

        await client.ClosedAsync();
        Assert.Equal(mode == ListenerTls.Implicit ? 1 : 0, server.Log.CountOf("TlsFailed"));
    }

    [Fact]
    public async Task A_session_of_1_3_is_resumed()
    {
        var openssl = PeerPrograms.Require("openssl");
        await using var server = await EdgeServer.StartAsync(ListenerTls.Implicit, new TlsSettings([_certificates.Write("mx", "mx.example.net")]));

        await SClientAsync("-sess_out");
        Assert.Contains("Reused, TLSv1.3", await SClientAsync("-sess_in"), StringComparison.Ordinal);

        async Task<string> SClientAsync(string session)
        {
            var command = $"printf 'QUIT\\r\\n' | {openssl} s_client -connect {server.Address} -tls1_3 -ign_eof {session} {_certificates["session.pem"]}";
            await using var client = ChildProcess.Start("/bin/sh", ["-c", command]);
            await client.WaitForExitAsync(EdgeServer.Patience);
            return client.Output;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16_381)]
    [InlineData(16_382)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    public async Task Much_goes_through_in_both_directions(int length)
    {
        await using var server = await EdgeServer.StartAsync(ListenerTls.Implicit, new TlsSettings([_certificates.Write("mx", "mx.example.net")]));
        using var client = await EdgeClient.ConnectAsync(server.Address);
        await client.HandshakeAsync("mx.example.net", _certificates.Root);
        await client.LineAsync();
        var line = new string('x', length);
        Assert.Equal(line, await client.AskAsync(line));
    }

    private static async Task<string?> NameAsync(EdgeServer server)
    {
        using var client = await EdgeClient.ConnectAsync(server.Address);
        await client.HandshakeAsync("any.example");
        await client.LineAsync();
        return client.ServerName;
    }
}
