using System.Diagnostics;
using MtaCluster.Actors.Storage;
using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>
/// A big body. It gathers in a local file while its client sends, and goes to the database when it is whole: no connection is held for a slow client.
/// The file has no name, so nothing is left behind whatever happens.
/// </summary>
internal sealed class SpilledBody : IAsyncDisposable
{
    /// <summary>Longer than this and it might not be accepted in time.</summary>
    private static readonly TimeSpan s_maximumCopy = TimeSpan.FromMinutes(4);

    private const int ChunkSize = 256 * 1024;
    private readonly PostgresDatabase _database;
    private readonly BodyBuckets _buckets;
    private readonly SemaphoreSlim _copies;
    private readonly FileStream _file;

    /// <summary>Makes the file.</summary>
    /// <param name="database">Where the body will go.</param>
    /// <param name="buckets">The tables there.</param>
    /// <param name="copies">How many may be copied at once.</param>
    /// <param name="directory">Where the file is.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public SpilledBody(PostgresDatabase database, BodyBuckets buckets, SemaphoreSlim copies, string directory)
    {
        _database = database;
        _buckets = buckets;
        _copies = copies;
        try
        {
            var path = Path.Combine(directory, Path.GetRandomFileName());
            _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
            File.Delete(path);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
    }

    /// <summary>Octets of content so far.</summary>
    public long Length { get; private set; }

    /// <summary>Writes on.</summary>
    /// <exception cref="IOException">The file failed. The body is lost.</exception>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await _file.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        Length += content.Length;
    }

    /// <summary>Copies all of it into the database.</summary>
    /// <exception cref="IOException">File or database failed. The body is lost.</exception>
    public async Task<BodyRef> CompleteAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken)
    {
        if (!await _copies.WaitAsync(s_maximumCopy, cancellationToken).ConfigureAwait(false))
        {
            throw new IOException($"Too many big message bodies wait for database {_database.Name}");
        }

        var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stalled.CancelAfter(_database.CommandTimeout);
        try
        {
            // A copy that stands still is left to itself: the driver may take longer to give up than a client may wait.
            return await CopyAsync(prefix, stalled).WaitAsync(stalled.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"Database {_database.Name} takes too long for a message body of {Length} octets", e);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new IOException(e.Message, e);
        }
        finally
        {
            _copies.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private async Task<BodyRef> CopyAsync(ReadOnlyMemory<byte> prefix, CancellationTokenSource stalled)
    {
        var connection = await _database.Bodies.OpenConnectionAsync(stalled.Token).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var bucket = await _buckets.CurrentAsync(connection, stalled.Token).ConfigureAwait(false);
            try
            {
                return await CopyAsync(connection, bucket, prefix, stalled).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
            {
                bucket = await _buckets.CreateCurrentAsync(connection, stalled.Token).ConfigureAwait(false);
                return await CopyAsync(connection, bucket, prefix, stalled).ConfigureAwait(false);
            }
        }
    }

    private async Task<BodyRef> CopyAsync(NpgsqlConnection connection, long bucket, ReadOnlyMemory<byte> prefix, CancellationTokenSource stalled)
    {
        var position = await _buckets.NextPositionAsync(connection, stalled.Token).ConfigureAwait(false);
        var body = _buckets.RefFor(bucket, position, prefix.Length + Length);
        var copy = await BodyCopy.BeginAsync(
            connection, bucket, (int)_database.CommandTimeout.TotalMilliseconds, stalled.Token).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            copy.BeginBody(body.Position, body.Length);
            await copy.AppendAsync(prefix, stalled.Token).ConfigureAwait(false);
            await CopyFileAsync(copy, stalled).ConfigureAwait(false);
            await copy.CompleteAsync(stalled.Token).ConfigureAwait(false);
        }

        return body;
    }

    private async Task CopyFileAsync(BodyCopy copy, CancellationTokenSource stalled)
    {
        var begun = Stopwatch.GetTimestamp();
        var chunk = new byte[ChunkSize];
        for (long position = 0; position < Length;)
        {
            var read = await RandomAccess.ReadAsync(_file.SafeFileHandle, chunk, position, stalled.Token).ConfigureAwait(false);
            if (read == 0)
            {
                throw new IOException("A message body was cut short in its temporary file");
            }

            await copy.AppendAsync(chunk.AsMemory(0, read), stalled.Token).ConfigureAwait(false);
            position += read;
            if (Stopwatch.GetElapsedTime(begun) < s_maximumCopy)
            {
                stalled.CancelAfter(_database.CommandTimeout);
            }
        }
    }
}
