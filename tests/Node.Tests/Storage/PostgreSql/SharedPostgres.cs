using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Storage.PostgreSql;
using MtaCluster.Node.Tests.Storage.PostgreSql;
using MtaCluster.Testing.Peers;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedPostgres))]

namespace MtaCluster.Node.Tests.Storage.PostgreSql;

/// <summary>One server for all tests that do it no harm; each takes a database of its own.</summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    private readonly SemaphoreSlim _once = new(1);
    private PostgresServer? _server;
    private int _databases;

    /// <summary>Makes an empty database, and returns how to connect to it. Skips the running test if there is no PostgreSQL.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        await _once.WaitAsync();
        try
        {
            _server ??= await PostgresServer.StartAsync();
        }
        finally
        {
            _once.Release();
        }

        return await _server.CreateDatabaseAsync(string.Create(CultureInfo.InvariantCulture, $"spec_{Interlocked.Increment(ref _databases)}"));
    }

    /// <summary>A value that a query gives.</summary>
    public static async Task<T> QueryAsync<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public ValueTask DisposeAsync()
    {
        _once.Dispose();
        return _server?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}

/// <summary>A store of bodies in databases with a schema, as a node has it.</summary>
internal sealed class PostgresNode : IAsyncDisposable
{
    private PostgresNode(PostgresDatabase[] databases, PostgreSqlMessageStoreOptions options)
    {
        Databases = databases;
        Store = new PostgreSqlMessageStore(databases, options, NullLogger<PostgreSqlMessageStore>.Instance);
        Reclaim = new PostgresBodyReclaim(databases, options);
    }

    public PostgresDatabase[] Databases { get; }

    public PostgreSqlMessageStore Store { get; }

    public PostgresBodyReclaim Reclaim { get; }

    /// <summary>The spools are dealt out to the databases in turn.</summary>
    public static async Task<PostgresNode> StartAsync(PostgreSqlMessageStoreOptions options, params string[] connectionStrings)
    {
        const int spools = 8;
        var databases = connectionStrings.Select((connectionString, number) => new PostgresDatabase(
            number,
            new DatabaseSettings(connectionString, SpoolSet.Of(Enumerable.Range(0, spools).Where(spool => spool % connectionStrings.Length == number))),
            TimeProvider.System)).ToArray();
        foreach (var database in databases)
        {
            await using var connection = await database.Control.OpenConnectionAsync(TestContext.Current.CancellationToken);
            await PostgresSchema.PrepareAsync(
                connection, database.Number, database.Spools, spools, database.Name, TestContext.Current.CancellationToken);
        }

        return new PostgresNode(databases, options);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        foreach (var database in Databases)
        {
            await database.DisposeAsync();
        }
    }
}
