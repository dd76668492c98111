using Akka.Configuration;
using Akka.TestKit.Xunit;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Actors.Tests.Spool;
using Xunit;

namespace MtaCluster.Actors.Tests;

/// <summary>Specs of actors: an actor system with the product's serializers and a SQLite journal of its own.</summary>
public abstract class ActorSpecs : TestKit
{
    protected const string Journal = SpecJournal.Journal;
    protected const string Snapshots = SpecJournal.Snapshots;

    private readonly TemporaryDirectory _directory;

    /// <param name="serializesMessages">Serialize every message that is not marked as local. Not where a journal is used: its own messages cannot be.</param>
    protected ActorSpecs(bool serializesMessages)
        : this(new TemporaryDirectory(), serializesMessages)
    {
    }

    private ActorSpecs(TemporaryDirectory directory, bool serializesMessages)
        : base(Configure(ConnectionString(directory), serializesMessages), null, TestContext.Current.TestOutputHelper)
    {
        _directory = directory;
        Gate = JournalGate.Of(Sys);
    }

    protected FakeTimeProvider Time { get; } = new(Mail.Start);

    internal JournalGate Gate { get; }

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>What a second connection to the database sees.</summary>
    protected long Rows(string persistenceId)
    {
        using var connection = new SqliteConnection(ConnectionString(_directory));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM journal WHERE persistence_id = $id";
        command.Parameters.AddWithValue("$id", persistenceId);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Takes a row out of the journal.</summary>
    protected void DeleteRow(string persistenceId, long sequenceNumber)
    {
        using var connection = new SqliteConnection(ConnectionString(_directory));
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM journal WHERE persistence_id = $id AND sequence_number = $number";
        command.Parameters.AddWithValue("$id", persistenceId);
        command.Parameters.AddWithValue("$number", sequenceNumber);
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _directory.Dispose();
    }

    private static string ConnectionString(TemporaryDirectory directory)
        => new SqliteConnectionStringBuilder { DataSource = directory["journal.db"], Pooling = false, DefaultTimeout = 30 }.ToString();

    private static Config Configure(string connectionString, bool serializesMessages) => ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          actor.serialize-messages = {{(serializesMessages ? "on" : "off")}}
          test.single-expect-default = 30s
          test.default-timeout = 30s
        }
        """).WithFallback(SpecJournal.Configure(connectionString, "MtaCluster.Actors.Tests.GatedSqlJournal, MtaCluster.Actors.Tests"));
}
