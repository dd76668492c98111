using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Recipients;
using MtaCluster.Node.Tests.Storage.PostgreSql;
using MtaCluster.Testing.Peers;
using Npgsql;
using Xunit;

namespace MtaCluster.Node.Tests.Recipients;

public sealed class SqlRecipientsSpecs(SharedPostgres postgres)
{
    private const string Tables = """
        CREATE TABLE mailbox (name text, domain text);
        CREATE TABLE alias (address text, target text);
        INSERT INTO mailbox VALUES ('ann', 'example.net'), ('o''neil', 'example.net');
        INSERT INTO alias VALUES ('sales@example.net', 'ann, out@elsewhere.example'), ('sales@example.net', 'bob'),
            ('@virtual.example', 'rest@elsewhere.example'), ('bad@example.net', 'no address'), ('empty@example.net', NULL);
        """;

    private readonly RecordedLog<SqlRecipients> _log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static RecipientSqlSettings Settings(string connectionString) => new(
        connectionString, "SELECT 1 FROM mailbox WHERE name = @local AND domain = @domain", "SELECT target FROM alias WHERE address = @address ORDER BY target");

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(Stop);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Stop);
    }

    private static async Task<Presence> UserAsync(SqlRecipients recipients, string mailbox) =>
        await ((IUserSource)recipients).FindAsync(RecipientFiles.Box(mailbox), Stop);

    private static async Task<string> AliasAsync(SqlRecipients recipients, string mailbox)
    {
        var answer = await ((IAliasSource)recipients).FindAsync(RecipientFiles.Box(mailbox), Stop);
        return $"{answer.Presence} {string.Join(' ', answer.Targets)}".Trim();
    }

    [Fact]
    public async Task Mailboxes_and_aliases_are_found_in_tables()
    {
        var database = await postgres.CreateDatabaseAsync();
        await ExecuteAsync(database, Tables);
        await using var recipients = new SqlRecipients(Settings(database), TimeProvider.System, _log);
        Assert.Equal(Presence.Known, await UserAsync(recipients, "Ann@example.net"));
        Assert.Equal(Presence.Known, await UserAsync(recipients, "o'neil@example.net"));
        Assert.Equal(Presence.Unknown, await UserAsync(recipients, "x'/**/or/**/1=1--@example.net"));
        Assert.Equal(Presence.Unknown, await UserAsync(recipients, "ann@example.org"));
        Assert.Equal("Known ann@example.net out@elsewhere.example bob@example.net", await AliasAsync(recipients, "sales@example.net"));
        Assert.Equal("Unknown", await AliasAsync(recipients, "ann@example.net"));
        Assert.Equal("Unknown", await AliasAsync(recipients, "empty@example.net"));
        Assert.Equal("Away", await AliasAsync(recipients, "bad@example.net"));
        var rest = await ((IAliasSource)recipients).FindForDomainAsync("virtual.example", Stop);
        Assert.Equal("rest@elsewhere.example", Assert.Single(rest.Targets).ToString());
        Assert.Contains("<bad@example.net>", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_is_remembered_for_its_time()
    {
        var database = await postgres.CreateDatabaseAsync();
        await ExecuteAsync(database, Tables);
        var time = new FakeTimeProvider();
        await using var recipients = new SqlRecipients(Settings(database), time, _log);
        Assert.Equal(Presence.Known, await UserAsync(recipients, "ann@example.net"));
        Assert.Equal(Presence.Unknown, await UserAsync(recipients, "eve@example.net"));
        await ExecuteAsync(database, "UPDATE mailbox SET name = 'eve' WHERE name = 'ann'");
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(Presence.Unknown, await UserAsync(recipients, "eve@example.net"));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(Presence.Known, await UserAsync(recipients, "eve@example.net"));
        Assert.Equal(Presence.Known, await UserAsync(recipients, "ann@example.net"));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Presence.Unknown, await UserAsync(recipients, "ann@example.net"));
    }

    [Fact]
    public async Task A_database_that_is_away_is_asked_again_after_a_second_and_complained_of_once()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync("recipients");
        await ExecuteAsync(database, Tables);
        var time = new FakeTimeProvider();
        await using var recipients = new SqlRecipients(Settings(database), time, _log);
        Assert.Equal(Presence.Known, await UserAsync(recipients, "ann@example.net"));
        await server.StopAsync(PostgresStop.Immediate);
        Assert.Equal(Presence.Known, await UserAsync(recipients, "ann@example.net"));
        Assert.Equal(Presence.Away, await UserAsync(recipients, "bob@example.net"));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(Presence.Away, await UserAsync(recipients, "bob@example.net"));
        await server.StartAgainAsync();
        Assert.Equal(Presence.Away, await UserAsync(recipients, "bob@example.net"));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(Presence.Unknown, await UserAsync(recipients, "bob@example.net"));
        Assert.Equal(["Error 2682", "Information 2683"], _log.Lines.Select(line => string.Join(' ', line.Split(' ')[..2])));
        Assert.All(_log.Lines, line => Assert.DoesNotContain("Username", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_query_that_is_wrong_is_a_database_that_is_away()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var recipients = new SqlRecipients(Settings(database), TimeProvider.System, _log);
        Assert.Equal(Presence.Away, await UserAsync(recipients, "ann@example.net"));
    }

    [Fact]
    public async Task A_query_that_takes_too_long_is_given_up()
    {
        var database = await postgres.CreateDatabaseAsync();
        var settings = Settings(database) with { UserQuery = "SELECT pg_sleep(600), @address", Timeout = TimeSpan.FromMilliseconds(300) };
        await using var recipients = new SqlRecipients(settings, TimeProvider.System, _log);
        Assert.Equal(Presence.Away, await UserAsync(recipients, "ann@example.net").WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }
}
