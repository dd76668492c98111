using System.Collections.Concurrent;
using MtaCluster.Node.Configuration;
using Npgsql;

namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>One database of the cluster, and the connections of this node to it.</summary>
internal sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, bool> _moved = new();

    /// <summary>Prepares to connect; nothing is opened yet.</summary>
    /// <param name="number">Its place in the configuration, which is part of every reference to a body in it.</param>
    /// <param name="settings">How to connect, and what is kept there.</param>
    /// <param name="time">The clock.</param>
    public PostgresDatabase(int number, DatabaseSettings settings, TimeProvider time)
    {
        Number = number;
        Spools = settings.Spools;
        Clock = new ServerClock(time);
        JournalConnectionString = PostgresConnections.For(settings.ConnectionString, "journal").ToString();
        var control = PostgresConnections.For(settings.ConnectionString, "control");
        Name = $"{control.Host}:{control.Port}/{control.Database ?? control.Username}";
        CommandTimeout = TimeSpan.FromSeconds(control.CommandTimeout == 0 ? 6 : control.CommandTimeout);
        Control = NpgsqlDataSource.Create(control);
        var bodies = PostgresConnections.For(settings.ConnectionString, "bodies");
        bodies.NoResetOnClose = true;
        Bodies = NpgsqlDataSource.Create(bodies);
        var probe = PostgresConnections.For(settings.ConnectionString, "probe");
        probe.Pooling = false;
        probe.Timeout = 2;
        probe.CommandTimeout = 2;
        ProbeConnectionString = probe.ToString();
    }

    /// <summary>Its number.</summary>
    public int Number { get; }

    /// <summary>Host, port and name, for people.</summary>
    public string Name { get; }

    /// <summary>The spools that are kept there.</summary>
    public SpoolSet Spools { get; }

    /// <summary>What the server's clock says.</summary>
    public ServerClock Clock { get; }

    /// <summary>How long a command may take.</summary>
    public TimeSpan CommandTimeout { get; }

    /// <summary>When to give up on the driver itself: with a server that stands still, it goes on to try to cancel the command.</summary>
    public TimeSpan HardLimit => CommandTimeout + TimeSpan.FromSeconds(1);

    /// <summary>For the journal plugins.</summary>
    public string JournalConnectionString { get; }

    /// <summary>For one connection of its own.</summary>
    public string ProbeConnectionString { get; }

    /// <summary>For the schema and what is done now and then.</summary>
    public NpgsqlDataSource Control { get; }

    /// <summary>For message bodies. Sessions keep no state of theirs.</summary>
    public NpgsqlDataSource Bodies { get; }

    /// <summary>What is left of this bucket is known to have been moved to the bodies that are kept; its table never comes back.</summary>
    public bool IsMoved(long bucket) => _moved.ContainsKey(bucket);

    /// <summary>A body of this bucket was found among those that are kept.</summary>
    public void NoteMoved(long bucket) => _moved.TryAdd(bucket, true);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Control.DisposeAsync().ConfigureAwait(false);
        await Bodies.DisposeAsync().ConfigureAwait(false);
    }
}
