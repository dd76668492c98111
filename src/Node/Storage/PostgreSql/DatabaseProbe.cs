using MtaCluster.Actors.Storage;
using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>
/// Asks a database once a second to make something durable, in a connection of its own and with little patience, and tells the
/// <see cref="StoreHealth"/> of this node what came of it. Setting it back to asynchronous commits while we run is noticed too.
/// </summary>
internal sealed partial class DatabaseProbe : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private readonly CancellationTokenSource _stop = new();
    private readonly PostgresDatabase _database;
    private readonly string _node;
    private readonly bool _allowAsynchronousCommit;
    private readonly StoreHealth _health;
    private readonly ILogger _logger;
    private readonly Task _running;
    private NpgsqlConnection? _connection;
    private bool _isBad;

    /// <summary>Begins.</summary>
    /// <param name="database">The database.</param>
    /// <param name="node">Names this node in the database.</param>
    /// <param name="allowAsynchronousCommit">Whether the operator has said that commits may be lost.</param>
    /// <param name="health">What is told.</param>
    /// <param name="logger">Where the changes are logged.</param>
    /// <param name="time">The clock.</param>
    public DatabaseProbe(PostgresDatabase database, string node, bool allowAsynchronousCommit, StoreHealth health, ILogger logger, TimeProvider time)
    {
        _database = database;
        _node = node;
        _allowAsynchronousCommit = allowAsynchronousCommit;
        _health = health;
        _logger = logger;
        _running = Task.Run(() => RunAsync(time));
    }

    /// <summary>The name of the database as a part of the store.</summary>
    public static string PartOf(PostgresDatabase database) => "database " + database.Name;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            do
            {
                Report(await ProbeAsync(time).ConfigureAwait(false));
            }
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
        finally
        {
            Abandon();
        }
    }

    /// <summary>What is wrong; null for nothing.</summary>
    private async Task<string?> ProbeAsync(TimeProvider time)
    {
        try
        {
            return await WriteAsync().WaitAsync(s_patience, time, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            Abandon();
            return e is TimeoutException or NpgsqlException { InnerException: TimeoutException } ? "does not answer" : e.Message;
        }
    }

    private async Task<string?> WriteAsync()
    {
        if (_connection is null)
        {
            var connection = new NpgsqlConnection(_database.ProbeConnectionString);
            _connection = connection;
            await connection.OpenAsync(_stop.Token).ConfigureAwait(false);
        }

        var command = new NpgsqlCommand(
            $"INSERT INTO mta_node (name, seen) VALUES ($1, now()) ON CONFLICT (name) DO UPDATE SET seen = now() RETURNING {ServerDurability.Settings}",
            _connection)
        {
            Parameters = { new() { Value = _node } },
        };
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(_stop.Token).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(_stop.Token).ConfigureAwait(false);
                var found = new ServerDurability(string.Empty, reader.GetString(0), reader.GetString(1), reader.GetString(2));
                return _allowAsynchronousCommit ? null : found.Fault;
            }
        }
    }

    // Not waited for: ending a session with a server that stands still takes as long as any other command.
    private void Abandon()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            _ = Task.Run(() => connection.DisposeAsync().AsTask());
        }
    }

    private void Report(string? fault)
    {
        if (fault is null)
        {
            _health.Good(PartOf(_database));
        }
        else
        {
            _health.Bad(PartOf(_database), fault);
        }

        if (_isBad == fault is not null)
        {
            return;
        }

        _isBad = fault is not null;
        if (fault is null)
        {
            LogGood(_database.Name);
        }
        else
        {
            LogBad(_database.Name, fault);
        }
    }

    [LoggerMessage(3026, LogLevel.Error, "Database {Database} cannot be written to: {Reason}", EventName = "DatabaseTrouble")]
    private partial void LogBad(string database, string reason);

    [LoggerMessage(3027, LogLevel.Information, "Database {Database} can be written to again", EventName = "DatabaseRecovered")]
    private partial void LogGood(string database);
}
