using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Net.Tls;

/// <summary>
/// Brings connections into TLS. For STARTTLS: answer 220 only if <see cref="TakePlainText"/> finds nothing, flush it, then <see cref="UpgradeAsync"/>; from then
/// on read and write the new connection alone, and forget all that was said before (RFC 3207 §4.2).
/// </summary>
internal sealed class TlsUpgrade(TlsCertificates certificates, TlsSettings settings, TimeProvider time)
{
    private static readonly ServerOptionsSelectionCallback s_selectOptions = static (_, hello, state, _) => ((Handshake)state!).Select(hello);
    private static readonly ConcurrentDictionary<TlsCipherSuite, string> s_suiteNames = new();

    private readonly ConditionalWeakTable<ServerCertificate, CertificateOptions> _options = [];

    /// <summary>
    /// Takes away what the client has sent behind its STARTTLS. It must wait for our 220, so whatever is there was put into the stream by somebody who wants it to be
    /// taken for what the client says under TLS (CVE-2011-0411): refuse and close. Never to be called once 220 is said.
    /// </summary>
    /// <returns>The octets that were there.</returns>
    public static long TakePlainText(PipeReader input)
    {
        if (!input.TryRead(out var result))
        {
            return 0;
        }

        var length = result.Buffer.Length;
        input.AdvanceTo(result.Buffer.End);
        return length;
    }

    /// <summary>Runs the handshake as the server over <paramref name="connection"/>'s transport, which is not to be used afterwards but through the result.</summary>
    /// <exception cref="TlsHandshakeException">
    /// It failed, or took too long. The connection is of no use any more: whatever the client has sent, none of it is to be read as commands.
    /// </exception>
    public async Task<TlsConnection> UpgradeAsync(ConnectionContext connection)
    {
        var handshake = new Handshake(this);
        var stream = new SslStream(new DuplexPipeStream(connection.Transport), leaveInnerStreamOpen: true);
        using var expired = new CancellationTokenSource(settings.HandshakeTimeout, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(expired.Token, connection.ConnectionClosed);
        try
        {
            handshake.IsModern = await OffersTls13Async(connection.Transport.Input, ended.Token).ConfigureAwait(false);
            await stream.AuthenticateAsServerAsync(s_selectOptions, handshake, ended.Token).ConfigureAwait(false);
            return new TlsConnection(stream, InfoOf(stream, handshake), time);
        }
        catch (Exception failure)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (failure is OperationCanceledException && expired.IsCancellationRequested)
            {
                throw new TlsHandshakeException($"The TLS handshake took longer than {settings.HandshakeTimeout:c}", failure);
            }

            if (failure is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException or ArgumentException
                or NotSupportedException or CryptographicException)
            {
                throw new TlsHandshakeException($"The TLS handshake failed: {failure.InnerException?.Message ?? failure.Message}", failure);
            }

            throw;
        }
    }

    // Takes nothing: the handshake reads it again.
    private static async ValueTask<bool> OffersTls13Async(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var offers = ClientHello.OffersTls13(result.Buffer);
            if (offers is null && !result.IsCompleted)
            {
                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            input.AdvanceTo(result.Buffer.Start);
            return offers ?? false;
        }
    }

    private static TlsInfo InfoOf(SslStream stream, Handshake handshake)
    {
        // X509Certificate hashes the certificate as it came: nothing is parsed for it.
        var client = stream.RemoteCertificate?.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
        return new TlsInfo(
            stream.SslProtocol == SslProtocols.Tls13 ? "TLSv1.3" : "TLSv1.2",
            NameOf(stream.NegotiatedCipherSuite),
            handshake.ServerName,
            client,
            handshake.Certificate?.ServerEndPoint ?? []);
    }

    private static string NameOf(TlsCipherSuite suite) => s_suiteNames.GetOrAdd(suite, static known => known.ToString());

    private SslServerAuthenticationOptions Select(Handshake handshake, SslClientHelloInfo hello)
    {
        handshake.ServerName = string.IsNullOrEmpty(hello.ServerName) ? null : hello.ServerName;
        handshake.Certificate = certificates.For(handshake.ServerName);
        var options = _options.GetValue(handshake.Certificate, certificate => new CertificateOptions(certificate, settings));
        return handshake.IsModern ? options.Modern : options.Older;
    }

    private sealed class Handshake(TlsUpgrade owner)
    {
        public bool IsModern { get; set; }

        public string? ServerName { get; set; }

        public ServerCertificate? Certificate { get; set; }

        public ValueTask<SslServerAuthenticationOptions> Select(SslClientHelloInfo hello) => ValueTask.FromResult(owner.Select(this, hello));
    }
}
