using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;

namespace MtaCluster.Node.Net.Tls;

/// <summary>A connection in TLS, to be read and written as the one in clear text was. Disposing of it tells the client that nothing more comes.</summary>
internal sealed class TlsConnection : IDuplexPipe, IAsyncDisposable
{
    /// <summary>As much as one record holds.</summary>
    private const int RecordLength = 16 * 1024;

    // Idle, it waits with a read into nothing: the buffer of a record is there only while there is something in it.
    private static readonly StreamPipeReaderOptions s_readerOptions = new(bufferSize: RecordLength, minimumReadSize: 4096, leaveOpen: true, useZeroByteReads: true);

    // What is flushed at once is in one piece, and so in one record, up to a quarter of the longest one.
    private static readonly StreamPipeWriterOptions s_writerOptions = new(minimumBufferSize: RecordLength / 4, leaveOpen: true);

    // How long the last record may take to go out.
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(5);

    private readonly SslStream _stream;
    private readonly TimeProvider _time;

    public TlsConnection(SslStream stream, TlsInfo info, TimeProvider time)
    {
        _stream = stream;
        _time = time;
        Info = info;
        Input = PipeReader.Create(stream, s_readerOptions);
        Output = PipeWriter.Create(stream, s_writerOptions);
    }

    /// <summary>What was agreed upon.</summary>
    public TlsInfo Info { get; }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>Sends what is written, then close_notify (RFC 8446 §6.1). Never throws for what the peer does; takes five seconds at most.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await EndAsync().WaitAsync(s_farewell, _time).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or TimeoutException or AuthenticationException
            or InvalidOperationException)
        {
            // A peer that is gone, or takes nothing, cannot be told.
        }
    }

    private async Task EndAsync()
    {
        try
        {
            await Input.CompleteAsync().ConfigureAwait(false);
            await Output.CompleteAsync().ConfigureAwait(false);
            await _stream.ShutdownAsync().ConfigureAwait(false);
        }
        finally
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
    }
}
