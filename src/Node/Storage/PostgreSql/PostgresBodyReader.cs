using System.Buffers;
using System.IO.Hashing;
using MtaCluster.Actors.Storage;
using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>
/// Reads a body from its bucket's table, or from where it was moved to when that was dropped. So many parts at a time, each time in a statement
/// of its own: a peer that is slow to take a big body holds no connection and no lock.
/// </summary>
/// <remarks>A body of up to <see cref="PartsAtOnce"/> parts is verified whole before any of it is given out; of a bigger one, the last chunk is given out
/// only if the checksum of the whole is right.</remarks>
internal sealed class PostgresBodyReader : BodyReader
{
    private const int PartsAtOnce = 64;
    private const int ChunkSize = PartsAtOnce * BodyCopy.MaximumPart;
    private readonly PostgresDatabase _database;
    private readonly BodyRef _body;
    private readonly XxHash3 _hash = new();
    private byte[]? _buffer;
    private int _filled;
    private int _part;
    private long _read;
    private bool _isWhole;
    private bool _isAbandoned;

    private PostgresBodyReader(PostgresDatabase database, BodyRef body)
    {
        _database = database;
        _body = body;
        _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(body.Length, 1, ChunkSize));
    }

    /// <inheritdoc/>
    public override long Length => _body.Length;

    /// <summary>Opens a body, and reads its first chunk.</summary>
    /// <exception cref="BodyUnavailableException">It is not there, or is damaged.</exception>
    /// <exception cref="IOException">The database failed.</exception>
    public static async ValueTask<BodyReader> OpenAsync(PostgresDatabase database, BodyRef body, CancellationToken cancellationToken)
    {
        var reader = new PostgresBodyReader(database, body);
        try
        {
            await reader.FillAsync(cancellationToken).ConfigureAwait(false);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        if (_filled == 0 && !_isWhole)
        {
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }

        var chunk = _buffer.AsMemory(0, _filled);
        _filled = 0;
        return chunk;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer && !_isAbandoned)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return ValueTask.CompletedTask;
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The driver may take twice as long to give up on a server that stands still; it is left to that, with the buffer.
            await FillFromDatabaseAsync(cancellationToken).WaitAsync(_database.HardLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            _isAbandoned = true;
            throw new IOException(e.Message, e);
        }
        catch (OperationCanceledException)
        {
            _isAbandoned = true;
            throw;
        }
    }

    private async Task FillFromDatabaseAsync(CancellationToken cancellationToken)
    {
        var connection = await _database.Bodies.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (!await FillFromBucketAsync(connection, cancellationToken).ConfigureAwait(false)
                && !await FillFromKeptAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                throw new BodyUnavailableException($"There is no body {_body}");
            }
        }
    }

    private async Task<bool> FillFromBucketAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var bucket = BodyBuckets.BucketOf(_body.Container);
        if (_database.IsMoved(bucket))
        {
            return false;
        }

        var command = new NpgsqlCommand(
            $"SELECT content, length, checksum FROM {BodyBuckets.TableOf(bucket)} WHERE id = $1 AND part >= $2 ORDER BY part LIMIT {PartsAtOnce}", connection)
        {
            Parameters = { new() { Value = _body.Position }, new() { Value = _part } },
        };
        try
        {
            return await FillAsync(command, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return false;
        }
    }

    private async Task<bool> FillFromKeptAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var bucket = BodyBuckets.BucketOf(_body.Container);
        var command = new NpgsqlCommand(
            $"SELECT content, length, checksum FROM mta_body_kept WHERE bucket = $1 AND id = $2 AND part >= $3 ORDER BY part LIMIT {PartsAtOnce}", connection)
        {
            Parameters = { new() { Value = bucket }, new() { Value = _body.Position }, new() { Value = _part } },
        };
        if (!await FillAsync(command, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        _database.NoteMoved(bucket);
        return true;
    }

    private async Task<bool> FillAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command.ConfigureAwait(false))
        {
            var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                var isFound = false;
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    isFound = true;
                    Take(rows);
                }

                return isFound;
            }
        }
    }

    private void Take(NpgsqlDataReader row)
    {
        var length = (int)row.GetBytes(0, 0, null, 0, 0);
        if (_isWhole || _read + length > _body.Length || _filled + length > _buffer!.Length)
        {
            throw Damaged("is longer than it should be");
        }

        row.GetBytes(0, 0, _buffer, _filled, length);
        _hash.Append(_buffer.AsSpan(_filled, length));
        _filled += length;
        _read += length;
        _part++;
        if (row.IsDBNull(1))
        {
            return;
        }

        _isWhole = true;
        if (row.GetInt64(1) != _body.Length || _read != _body.Length)
        {
            throw Damaged("has not the length it should have");
        }

        if (row.GetInt64(2) != (long)_hash.GetCurrentHashAsUInt64())
        {
            throw Damaged("is damaged: its checksum is wrong");
        }
    }

    private BodyUnavailableException Damaged(string what) => new($"The body {_body} {what}");
}
