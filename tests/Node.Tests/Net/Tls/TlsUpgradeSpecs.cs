using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Net.Tls;
using MtaCluster.Node.Tests.Smtp;
using MtaCluster.Node.Tests.Smtp.Gate;
using MtaCluster.Testing.Smtp;
using Xunit;

namespace MtaCluster.Node.Tests.Net.Tls;

/// <summary>The upgrade over two pipes.</summary>
public sealed class TlsUpgradeSpecs : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly MailCertificates _files = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly CountingLogger _log = new();
    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();
    private readonly CountingPipeWriter _written;
    private readonly DefaultConnectionContext _connection;

    public TlsUpgradeSpecs()
    {
        _written = new CountingPipeWriter(_toClient.Writer);
        _connection = new DefaultConnectionContext("C", new DuplexPipe(_toServer.Reader, _written), new DuplexPipe(_toClient.Reader, _toServer.Writer));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _files.Dispose();
        await _connection.DisposeAsync();
    }

    [Fact]
    public async Task A_handshake_that_takes_too_long_is_given_up()
    {
        using var certificates = Load(_files.Write("mx", "mx.example.net"));
        var upgrade = Upgrade(certificates);

        _time.Advance(TlsSettings.None.HandshakeTimeout);

        var failure = await Assert.ThrowsAsync<TlsHandshakeException>(() => upgrade.WaitAsync(s_patience, Stop));
        Assert.Equal("The TLS handshake took longer than 00:00:30", failure.Message);
    }

    [Fact]
    public async Task A_handshake_ends_with_its_connection()
    {
        using var certificates = Load(_files.Write("mx", "mx.example.net"));
        var upgrade = Upgrade(certificates);

        _connection.Abort();

        await Assert.ThrowsAsync<TlsHandshakeException>(() => upgrade.WaitAsync(s_patience, Stop));
    }

    [Fact]
    public async Task A_handshake_is_not_disturbed_by_who_wakes_the_reader_of_plain_text()
    {
        using var certificates = Load(_files.Write("mx", "mx.example.net"));
        var upgrade = Upgrade(certificates);
        _toServer.Reader.CancelPendingRead();

        using var client = await HandshakeAsync();

        await using var server = await upgrade.WaitAsync(s_patience, Stop);
        Assert.Equal("TLSv1.3", server.Info.Protocol);
    }

    [Fact]
    public async Task Replies_that_are_flushed_together_are_one_record_and_one_flush()
    {
        using var certificates = Load(_files.Write("mx", "mx.example.net"));
        var upgrade = Upgrade(certificates);
        using var client = await HandshakeAsync();
        await using var server = await upgrade.WaitAsync(s_patience, Stop);
        var before = _written.Flushes;

        for (var i = 0; i < 100; i++)
        {
            server.Output.Write("250 2.1.5 Recipient ok\r\n"u8);
        }

        await server.Output.FlushAsync(Stop);

        Assert.Equal(1, _written.Flushes - before);
        var octets = new byte[2400];
        await client.ReadExactlyAsync(octets, Stop).AsTask().WaitAsync(s_patience, Stop);
    }

    [Fact]
    public async Task A_pending_read_is_cancelled_and_the_next_one_goes_on()
    {
        using var certificates = Load(_files.Write("mx", "mx.example.net"));
        var upgrade = Upgrade(certificates);
        using var client = await HandshakeAsync();
        await using var server = await upgrade.WaitAsync(s_patience, Stop);
        var read = server.Input.ReadAsync(Stop).AsTask();

        server.Input.CancelPendingRead();
        var result = await read.WaitAsync(s_patience, Stop);
        Assert.True(result.IsCanceled);
        server.Input.AdvanceTo(result.Buffer.Start);

        await client.WriteAsync("EHLO x\r\n"u8.ToArray(), Stop);
        result = await server.Input.ReadAsync(Stop).AsTask().WaitAsync(s_patience, Stop);
        Assert.Equal("EHLO x\r\n"u8, result.Buffer.ToArray());
        server.Input.AdvanceTo(result.Buffer.End);
    }

    [Fact]
    public async Task A_client_that_leaves_is_seen_to_have_left_and_one_that_takes_nothing_is_left_after_a_while()
    {
        using var certificates = Load(_files.Write("mx", "mx.example.net"));
        var upgrade = Upgrade(certificates);
        using var client = await HandshakeAsync();
        var server = await upgrade.WaitAsync(s_patience, Stop);
        await client.ShutdownAsync();
        Assert.True((await server.Input.ReadAsync(Stop).AsTask().WaitAsync(s_patience, Stop)).IsCompleted);

        // More than the pipe takes without a reader.
        var paused = new TaskCompletionSource();
        _written.OnPause = paused.SetResult;
        server.Output.Write(new byte[100_000]);
        var end = server.DisposeAsync().AsTask();
        await paused.Task.WaitAsync(s_patience, Stop);
        Assert.False(end.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));
        await end.WaitAsync(s_patience, Stop);
    }

    [Theory]
    [InlineData("SHA256")]
    [InlineData("SHA384")]
    [InlineData("SHA512")]
    public void The_channel_binding_is_the_hash_of_the_certificate_by_its_own_algorithm(string hash)
    {
        var files = _files.Write("mx", new HashAlgorithmName(hash), TimeSpan.FromDays(40), "mx.example.net");
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(files.CertificateFile));

        Assert.Equal(CryptographicOperations.HashData(new HashAlgorithmName(hash), certificate.RawData), ServerCertificate.Load(files).ServerEndPoint.AsSpan());
    }

    [Fact]
    public async Task Plain_text_is_taken_away_only_where_there_is_some()
    {
        Assert.Equal(0, TlsUpgrade.TakePlainText(_toServer.Reader));
        await _toServer.Writer.WriteAsync("RSET\r\n"u8.ToArray(), Stop);

        Assert.Equal(6, TlsUpgrade.TakePlainText(_toServer.Reader));

        Assert.False(_toServer.Reader.TryRead(out _));
    }

    [Fact]
    public void Keys_that_others_can_read_and_certificates_that_are_about_to_expire_are_told_of()
    {
        var files = _files.Write("mx", HashAlgorithmName.SHA256, TimeSpan.FromDays(13), "mx.example.net");
        MailCertificates.SetMode(files.KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        using var certificates = Load(files, _files.Write("other", "other.example"));
        Assert.Equal((2, 1, 1), (_log.CountOf("CertificateLoaded"), _log.CountOf("CertificateKeyExposed"), _log.CountOf("CertificateExpires")));

        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(2, _log.CountOf("CertificateExpires"));
    }

    [Fact]
    public void Files_that_cannot_be_used_are_named_with_their_keys()
    {
        var (a, b) = (_files.Write("a", "a.example"), _files.Write("b", "b.example"));
        var settings = new TlsSettings([a, new CertificateFiles("/no/chain.pem", b.KeyFile), new CertificateFiles("/no/chain.pem", "/no/key.pem"), new CertificateFiles(a.CertificateFile, b.KeyFile)]);

        var errors = TlsCertificates.Check(settings).ToList();

        Assert.Equal(["Certificates:1:CertificateFile", "Certificates:2:CertificateFile", "Certificates:2:KeyFile", "Certificates:3"], errors.Select(error => error.Key));
        Assert.Equal("there is no file /no/chain.pem", errors[0].What);
        Assert.Contains("are no certificate and its key", errors[3].What, StringComparison.Ordinal);
    }

    private TlsCertificates Load(params CertificateFiles[] files) => new([.. files], _time, _log);

    private Task<TlsConnection> Upgrade(TlsCertificates certificates) => new TlsUpgrade(certificates, TlsSettings.None, _time).UpgradeAsync(_connection);

    private async Task<SslStream> HandshakeAsync()
    {
        var client = new SslStream(new DuplexPipeStream(_connection.Application!));
        await client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "mx.example.net", CertificateChainPolicy = MailCertificates.Trusting(_files.Root) }, Stop).WaitAsync(s_patience, Stop);
        return client;
    }
}
