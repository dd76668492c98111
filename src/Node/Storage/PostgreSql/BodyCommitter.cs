using System.Diagnostics;
using MtaCluster.Actors.Storage;
using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>
/// Writes the small bodies of one database: all that wait, in one COPY with one commit; what comes meanwhile is the next group. Only when the
/// database has said that the group is durable do its callers go on.
/// </summary>
/// <remarks>
/// A group whose outcome does not come in time has failed, and so has what waits behind it: clients are told 451 within seconds. Should the server
/// have kept the group after all, its bodies are some that nobody accepted, and go with their table.
/// </remarks>
internal sealed partial class BodyCommitter : IAsyncDisposable
{
    /// <summary>
    /// How long to wait after a group of more than one, for more to gather: on a busy machine, commits are what costs (docs/adr/0014).
    /// </summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    /// <summary>A group's octets, so that one commit does not take for ever.</summary>
    private const long MaximumGroupOctets = 16 * 1024 * 1024;

    /// <summary>Octets that may wait, so that a slow database cannot fill the memory.</summary>
    private const long MaximumWaitingOctets = 256 * 1024 * 1024;

    private static readonly TimeSpan s_staleConnection = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly PostgresDatabase _database;
    private readonly BodyBuckets _buckets;
    private readonly BodyCache _cache;
    private readonly ILogger _logger;
    private readonly Queue<GatheredBody> _waiting = new();
    private long _waitingOctets;
    private Task? _running;
    private bool _isClosing;

    /// <summary>Begins; the first connection is opened with the first body.</summary>
    public BodyCommitter(PostgresDatabase database, BodyBuckets buckets, BodyCache cache, ILogger logger)
    {
        _database = database;
        _buckets = buckets;
        _cache = cache;
        _logger = logger;
    }

    /// <summary>Groups committed or failed so far.</summary>
    public long Groups { get; private set; }

    /// <summary>Hands over a body.</summary>
    public void Enqueue(GatheredBody body)
    {
        lock (_lock)
        {
            if (!_isClosing && _waitingOctets < MaximumWaitingOctets)
            {
                _waiting.Enqueue(body);
                _waitingOctets += body.Content.Length;
                _running ??= Task.Run(RunAsync);
                return;
            }
        }

        body.Fail(new IOException(_isClosing ? "The message store is closed" : "Too many message bodies wait for the database"));
    }

    /// <summary>Commits what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_lock)
        {
            _isClosing = true;
            running = _running ?? Task.CompletedTask;
        }

        await running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var group = new List<GatheredBody>();
        while (TakeGroup(group))
        {
            await CommitAsync(group).ConfigureAwait(false);
            Groups++;
            if (group.Count > 1)
            {
                await Task.Delay(Rest).ConfigureAwait(false);
            }
        }
    }

    private bool TakeGroup(List<GatheredBody> group)
    {
        group.Clear();
        lock (_lock)
        {
            for (long octets = 0; octets < MaximumGroupOctets && _waiting.TryDequeue(out var body);)
            {
                octets += body.Content.Length;
                _waitingOctets -= body.Content.Length;
                group.Add(body);
            }

            if (group.Count == 0)
            {
                _running = null;
            }

            return group.Count > 0;
        }
    }

    private async Task CommitAsync(List<GatheredBody> group)
    {
        BodyRef[] refs;
        try
        {
            refs = await WriteAsync([.. group]).WaitAsync(_database.HardLimit).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // Whatever it was: the callers must be answered, and this must go on for those to come.
            if (failure is TimeoutException or OperationCanceledException or NpgsqlException { InnerException: TimeoutException })
            {
                TakeAllTo(group);
            }

            LogGroupFailed(failure, group.Count, _database.Name);
            foreach (var body in group)
            {
                body.Fail(failure);
            }

            return;
        }

        for (var i = 0; i < refs.Length; i++)
        {
            group[i].Succeed(refs[i], _cache);
        }
    }

    private void TakeAllTo(List<GatheredBody> group)
    {
        lock (_lock)
        {
            group.AddRange(_waiting);
            _waiting.Clear();
            _waitingOctets = 0;
        }
    }

    private async Task<BodyRef[]> WriteAsync(GatheredBody[] group)
    {
        using var expired = new CancellationTokenSource(_database.CommandTimeout);
        var begun = Stopwatch.GetTimestamp();
        for (var isAgain = false; ; isAgain = true)
        {
            try
            {
                return await CopyAsync(group, expired.Token).ConfigureAwait(false);
            }
            catch (NpgsqlException lost) when (!isAgain && PostgresConnections.IsLost(lost) && Stopwatch.GetElapsedTime(begun) < s_staleConnection)
            {
                // Pooled connections learn of a restart of the server only when they are used.
                _database.Bodies.Clear();
            }
        }
    }

    private async Task<BodyRef[]> CopyAsync(GatheredBody[] group, CancellationToken cancellationToken)
    {
        var connection = await _database.Bodies.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var bucket = await _buckets.CurrentAsync(connection, cancellationToken).ConfigureAwait(false);
            try
            {
                return await CopyAsync(group, connection, bucket, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
            {
                bucket = await _buckets.CreateCurrentAsync(connection, cancellationToken).ConfigureAwait(false);
                return await CopyAsync(group, connection, bucket, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<BodyRef[]> CopyAsync(GatheredBody[] group, NpgsqlConnection connection, long bucket, CancellationToken cancellationToken)
    {
        var refs = new BodyRef[group.Length];
        for (var i = 0; i < group.Length; i++)
        {
            var position = await _buckets.NextPositionAsync(connection, cancellationToken).ConfigureAwait(false);
            refs[i] = _buckets.RefFor(bucket, position, group[i].Content.Length);
        }

        var timeout = (int)_database.CommandTimeout.TotalMilliseconds;
        var copy = await BodyCopy.BeginAsync(connection, bucket, timeout, cancellationToken).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            for (var i = 0; i < group.Length; i++)
            {
                copy.BeginBody(refs[i].Position, refs[i].Length);
                await copy.AppendAsync(group[i].Content, cancellationToken).ConfigureAwait(false);
            }

            await copy.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }

        return refs;
    }

    [LoggerMessage(3023, LogLevel.Error, "{Count} message bodies could not be made durable in database {Database}", EventName = "BodiesNotDurable")]
    private partial void LogGroupFailed(Exception failure, int count, string database);
}
