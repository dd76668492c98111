using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MtaCluster.Actors.Delivery;

namespace MtaCluster.Node.Net;

/// <summary>An outbound connection over a stream: read and written directly, without pumps between.</summary>
internal sealed class StreamSmtpTransport : ISmtpTransport
{
    private static readonly StreamPipeReaderOptions s_readerOptions = new(bufferSize: 4096, leaveOpen: true);
    private static readonly StreamPipeWriterOptions s_writerOptions = new(minimumBufferSize: 16 * 1024, leaveOpen: true);
    private readonly X509ChainPolicy? _trust;
    private Stream _stream;

    public StreamSmtpTransport(Stream stream, X509ChainPolicy? trust)
    {
        _stream = stream;
        _trust = trust;
        Input = PipeReader.Create(stream, s_readerOptions);
        Output = PipeWriter.Create(stream, s_writerOptions);
    }

    public PipeReader Input { get; private set; }

    public PipeWriter Output { get; private set; }

    public string? TlsDescription { get; private set; }

    public bool IsPeerVerified { get; private set; }

    public async Task StartTlsAsync(string host, CancellationToken cancellationToken)
    {
        // Any certificate: an unverified peer in TLS beats any peer in clear text (RFC 7435 §3). What demands one (REQUIRETLS) asks afterwards.
        var isVerified = false;
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            CertificateChainPolicy = _trust?.Clone(),
#pragma warning disable CA5359 // Opportunistic, see above.
            RemoteCertificateValidationCallback = (_, _, _, errors) =>
            {
                isVerified = errors == SslPolicyErrors.None;
                return true;
            },
#pragma warning restore CA5359
        };
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (AuthenticationException e)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new IOException(e.Message, e);
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        _stream = tls;
        Input = PipeReader.Create(tls, s_readerOptions);
        Output = PipeWriter.Create(tls, s_writerOptions);
        IsPeerVerified = isVerified;
        TlsDescription = $"{tls.SslProtocol} {tls.NegotiatedCipherSuite}";
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Closing TLS writes; a peer that is gone cannot be told.
        }
    }
}
