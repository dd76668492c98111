using MtaCluster.Node.Auth;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Storage.PostgreSql;
using MtaCluster.Node.Tests.Storage.PostgreSql;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

public sealed class PostgresUserDirectorySpecs(SharedPostgres server) : UserDirectoryContract, IAsyncDisposable
{
    private readonly List<PostgresDatabase> _databases = [];
    private string? _connectionString;

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _databases)
        {
            await database.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_one_node_changes_holds_for_all()
    {
        var (ours, theirs) = (await OpenAsync(), await OpenAsync());
        await ours.AddAsync(Users.Of("alice", "*"), Cancelled);
        Assert.NotNull(await theirs.FindAsync("alice", Cancelled));
        Assert.Equal(await ours.GetSecretAsync(Cancelled), await theirs.GetSecretAsync(Cancelled));
    }

    [Fact]
    public async Task Changes_of_two_nodes_at_once_do_not_undo_each_other()
    {
        var (ours, theirs) = (await OpenAsync(), await OpenAsync());
        await ours.AddAsync(Users.Of("alice", "*"), Cancelled);
        var tries = 0;
        await ours.ChangeAsync(
            "alice",
            user =>
            {
                if (tries++ == 0)
                {
                    theirs.ChangeAsync("alice", other => other with { IsEnabled = false }, Cancelled).AsTask().GetAwaiter().GetResult();
                }

                return user with { Scram = null };
            },
            Cancelled);
        var alice = await theirs.FindAsync("alice", Cancelled);
        Assert.Equal((2, false, null), (tries, alice!.IsEnabled, alice.Scram));
    }

    [Fact]
    public async Task A_row_that_somebody_spoiled_is_no_user_and_no_empty_answer()
    {
        var users = await OpenAsync();
        await SharedPostgres.QueryAsync<int>(_connectionString!, "INSERT INTO mta_user (name, password, identities) VALUES ('eve', 'plain', '{}') RETURNING 1");
        await Assert.ThrowsAsync<UserDirectoryException>(async () => await users.FindAsync("eve", Cancelled));
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_told()
    {
        _databases.Add(new PostgresDatabase(0, new DatabaseSettings("Host=127.0.0.1;Port=1;Timeout=1", SpoolSet.Of([0])), TimeProvider.System));
        var users = new PostgresUserDirectory(_databases[^1]);
        await Assert.ThrowsAsync<UserDirectoryException>(async () => await users.FindAsync("alice", Cancelled));
    }

    private protected override async Task<IUserDirectory> OpenAsync()
    {
        _connectionString ??= await server.CreateDatabaseAsync();
        var spools = SpoolSet.Of(Enumerable.Range(0, 4));
        var database = new PostgresDatabase(0, new DatabaseSettings(_connectionString, spools), TimeProvider.System);
        _databases.Add(database);
        await using var connection = await database.Control.OpenConnectionAsync(Cancelled);
        await PostgresSchema.PrepareAsync(connection, 0, spools, 4, database.Name, Cancelled);
        return new PostgresUserDirectory(database);
    }
}
