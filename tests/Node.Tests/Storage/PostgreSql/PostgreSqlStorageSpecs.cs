using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Microsoft.Extensions.Configuration;
using MtaCluster.Actors.Storage;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Storage;
using MtaCluster.Node.Storage.PostgreSql;
using MtaCluster.Testing.Peers;
using Xunit;

namespace MtaCluster.Node.Tests.Storage.PostgreSql;

/// <summary>The storage as a whole: its start, its probe, its journals.</summary>
public sealed class PostgreSqlStorageSpecs(SharedPostgres shared) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _log = new();
    private readonly StoreHealth _health = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_says_at_the_start_what_it_found()
    {
        await using var storage = Open(await shared.CreateDatabaseAsync());
        await storage.PrepareAsync(_health, Cancelled);
        Assert.True(_health.IsGood);
        var line = await _log.WaitForAsync("DatabaseReady");
        Assert.Contains("spools 0-63, synchronous_commit=on, fsync=on, full_page_writes=on", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("synchronous_commit")]
    [InlineData("fsync")]
    [InlineData("full_page_writes")]
    public async Task A_server_that_would_lose_mail_is_refused_unless_that_is_allowed(string setting)
    {
        await using var server = await PostgresServer.StartAsync(new Dictionary<string, string> { [setting] = "off" });
        var database = await server.CreateDatabaseAsync("mta");
        await using (var storage = Open(database))
        {
            var refused = await Assert.ThrowsAsync<StorageRefusedException>(() => storage.PrepareAsync(_health, Cancelled));
            Assert.Contains($"{setting} is off", refused.Message, StringComparison.Ordinal);
        }

        await using var reckless = Open(database, allowAsynchronousCommit: true);
        await reckless.PrepareAsync(_health, Cancelled);
        Assert.StartsWith("Critical: ", await _log.WaitForAsync("UnsafeDatabase"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_waits_for_a_server_that_is_not_there_yet_and_notices_when_it_goes_and_comes()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("mta");
        await server.StopAsync(PostgresStop.Fast);
        await using var storage = Open(database);
        var prepared = storage.PrepareAsync(_health, Cancelled);
        await _log.WaitForAsync("DatabaseUnreachable");
        Assert.False(prepared.IsCompleted);
        Assert.Contains($"database 127.0.0.1:{server.Port}/mta: ", Assert.Single(_health.Troubles), StringComparison.Ordinal);

        await server.StartAgainAsync();
        await prepared.WaitAsync(s_patience, Cancelled);
        Assert.True(_health.IsGood);

        server.Freeze();
        await _log.WaitForAsync("DatabaseTrouble");
        Assert.False(_health.IsGood);
        server.Thaw();
        await _log.WaitForAsync("DatabaseRecovered");
        Assert.True(_health.IsGood);
    }

    [Fact]
    public async Task Commits_that_become_asynchronous_while_it_runs_are_noticed()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var storage = Open(await server.CreateDatabaseAsync("mta"));
        await storage.PrepareAsync(_health, Cancelled);
        await server.ExecuteAsync("ALTER SYSTEM SET synchronous_commit = off");
        await server.ExecuteAsync("SELECT pg_reload_conf()");
        Assert.Contains("synchronous_commit is off", await _log.WaitForAsync("DatabaseTrouble"), StringComparison.Ordinal);
        await server.ExecuteAsync("ALTER SYSTEM RESET synchronous_commit");
        await server.ExecuteAsync("SELECT pg_reload_conf()");
        await _log.WaitForAsync("DatabaseRecovered");
    }

    [Fact]
    public async Task Each_spool_has_the_journal_of_its_database()
    {
        var (first, second) = (await shared.CreateDatabaseAsync(), await shared.CreateDatabaseAsync());
        await using var storage = Open(first, false, ("32-63", second));
        await storage.PrepareAsync(_health, Cancelled);
        using var system = StartSystem(storage);
        foreach (var spool in (int[])[3, 40])
        {
            var actor = system.ActorOf(Props.Create(() => new Writer($"spool-{spool}", storage.SpoolJournalOf(spool), storage.SpoolSnapshotsOf(spool))));
            Assert.Equal("written", await actor.Ask<string>("event", s_patience, Cancelled));
            Assert.Equal("saved", await actor.Ask<string>("snapshot", s_patience, Cancelled));
        }

        foreach (var (database, id) in (IEnumerable<(string, string)>)[(first, "spool-3"), (second, "spool-40")])
        {
            Assert.Equal(id, await SharedPostgres.QueryAsync<string>(database, "SELECT string_agg(persistence_id, ' ') FROM mta_spool_journal"));
            Assert.Equal(id, await SharedPostgres.QueryAsync<string>(database, "SELECT string_agg(persistence_id, ' ') FROM mta_spool_snapshot"));
        }

        await system.Terminate();
    }

    [Fact]
    public async Task Of_two_writers_of_the_same_number_one_fails_and_harms_nobody_else()
    {
        await using var storage = Open(await shared.CreateDatabaseAsync());
        await storage.PrepareAsync(_health, Cancelled);
        using var old = StartSystem(storage);
        using var other = StartSystem(storage);
        var (journal, snapshots) = (storage.SpoolJournalOf(7), storage.SpoolSnapshotsOf(7));
        var stale = old.ActorOf(Props.Create(() => new Writer("spool-7", journal, snapshots)));
        Assert.Equal("written", await stale.Ask<string>("first", s_patience, Cancelled));
        var owner = other.ActorOf(Props.Create(() => new Writer("spool-7", journal, snapshots)));
        Assert.Equal("written", await owner.Ask<string>("second", s_patience, Cancelled));

        var neighbours = Enumerable.Range(8, 8).Select(
            spool => old.ActorOf(Props.Create(() => new Writer($"spool-{spool}", journal, snapshots)))).ToList();
        var writes = neighbours.Select(neighbour => neighbour.Ask<string>("event", s_patience, Cancelled)).ToList();
        Assert.Equal("failed", await stale.Ask<string>("second", s_patience, Cancelled));
        Assert.All(await Task.WhenAll(writes), answer => Assert.Equal("written", answer));
        Assert.Equal("written", await owner.Ask<string>("third", s_patience, Cancelled));

        var next = old.ActorOf(Props.Create(() => new Writer("spool-7", journal, snapshots)));
        Assert.Equal("first second third", await next.Ask<string>("history", s_patience, Cancelled));
        await Task.WhenAll(old.Terminate(), other.Terminate());
    }

    private static ActorSystem StartSystem(PostgreSqlStorage storage) => ActorSystem.Create(
        "spec", ConfigurationFactory.ParseString("akka { stdout-loglevel = OFF, loglevel = OFF }").WithFallback(storage.Persistence));

    private PostgreSqlStorage Open(string database, bool allowAsynchronousCommit = false, params (string Spools, string Database)[] further)
    {
        var values = new Dictionary<string, string?>
        {
            ["Mta:DataDirectory"] = _directory.Path,
            ["Mta:Storage:Provider"] = "PostgreSql",
            ["Mta:Storage:ConnectionString"] = database,
            ["Mta:Storage:AllowAsynchronousCommit"] = allowAsynchronousCommit.ToString(),
        };
        for (var i = 0; i < further.Length; i++)
        {
            values[$"Mta:Storage:Databases:{i}:Spools"] = further[i].Spools;
            values[$"Mta:Storage:Databases:{i}:ConnectionString"] = further[i].Database;
        }

        var loaded = Assert.IsType<ConfigurationResult.Loaded>(
            ConfigurationLoader.Load([], _directory.Path, builder => builder.AddInMemoryCollection(values)));
        return new PostgreSqlStorage(loaded.Settings, loaded.Settings.Storage.PostgreSql!, _log, TimeProvider.System);
    }

    private sealed class Writer : UntypedPersistentActor
    {
        private readonly List<string> _history = [];
        private IActorRef _client = ActorRefs.Nobody;

        public Writer(string persistenceId, string journal, string snapshots)
        {
            PersistenceId = persistenceId;
            JournalPluginId = journal;
            SnapshotPluginId = snapshots;
        }

        public override string PersistenceId { get; }

        protected override void OnRecover(object message)
        {
            if (message is string written)
            {
                _history.Add(written);
            }
        }

        protected override void OnCommand(object message)
        {
            switch (message)
            {
                case "history":
                    Sender.Tell(string.Join(' ', _history));
                    break;
                case "snapshot":
                    _client = Sender;
                    SaveSnapshot("state");
                    break;
                case SaveSnapshotSuccess:
                    _client.Tell("saved");
                    break;
                case string e:
                    _client = Sender;
                    Persist(e, _ => Sender.Tell("written"));
                    break;
            }
        }

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => _client.Tell("failed");
    }
}
