using MtaCluster.Node.Configuration;
using Xunit;

namespace MtaCluster.Node.Tests.Configuration;

/// <summary>The section <c>Mta:Storage</c> with PostgreSQL.</summary>
public sealed class StorageConfigurationSpecs : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void One_database_has_all_the_spools()
    {
        var settings = Settings("""{ "Storage": { "Provider": "PostgreSql", "ConnectionString": "Host=db" }, "Cluster": { "SeedNodes": ["n1:4053"] } }""");
        var database = Assert.Single(settings.Storage.PostgreSql!.Databases);
        Assert.Equal("Host=db", database.ConnectionString);
        Assert.Equal("0-63", database.Spools.ToString());
        Assert.False(settings.Storage.PostgreSql.AllowAsynchronousCommit);
    }

    [Fact]
    public void Spools_that_no_other_database_has_are_in_the_first()
    {
        var settings = Settings("""
            { "Storage": { "Provider": "PostgreSql", "ConnectionString": "Host=a", "AllowAsynchronousCommit": true, "Databases": [
                { "Spools": "8-11,2", "ConnectionString": "Host=b" }, { "Spools": "12-15", "ConnectionString": "Host=c" } ] },
              "Cluster": { "Spools": 16 } }
            """);
        Assert.Equal(["0-1,3-7", "2,8-11", "12-15"], settings.Storage.PostgreSql!.Databases.Select(database => database.Spools.ToString()));
        Assert.True(settings.Storage.PostgreSql.AllowAsynchronousCommit);
    }

    [Theory]
    [InlineData("""{ "Provider": "PostgreSql" }""", "Mta:Storage:ConnectionString: is missing")]
    [InlineData("""{ "Provider": "PostgreSql", "ConnectionString": "Host=x;Nonsense=1" }""", "Mta:Storage:ConnectionString: is no connection string")]
    [InlineData("""{ "Provider": "PostgreSql", "ConnectionString": "Host=x;Port=many" }""", "Mta:Storage:ConnectionString: is no connection string")]
    [InlineData("""{ "Provider": "PostgreSql", "ConnectionString": "Database=x" }""", "Mta:Storage:ConnectionString: names no Host")]
    [InlineData("""{ "Databases": [ { "Spools": "0", "ConnectionString": "Host=b" } ] }""", "Mta:Storage:Databases: Embedded storage has none")]
    [InlineData("""{ "Provider": "PostgreSql", "ConnectionString": "Host=a", "Databases": [ { "Spools": "5-3", "ConnectionString": "Host=b" } ] }""", "Mta:Storage:Databases:0:Spools: \"5-3\" is not spools")]
    [InlineData("""{ "Provider": "PostgreSql", "ConnectionString": "Host=a", "Databases": [ { "Spools": "0-64", "ConnectionString": "Host=b" } ] }""", "Mta:Storage:Databases:0:Spools: there are 64 spools")]
    [InlineData("""{ "Provider": "PostgreSql", "ConnectionString": "Host=a", "Databases": [ { "Spools": "0-9", "ConnectionString": "Host=b" }, { "Spools": "8-12", "ConnectionString": "Host=c" } ] }""", "Mta:Storage:Databases:1:Spools: another database has 8-9")]
    public void What_is_wrong_is_said_and_no_password_with_it(string storage, string expected)
    {
        var errors = Assert.IsType<ConfigurationResult.Invalid>(Load($$"""{ "Storage": {{storage}} }""")).Errors;
        Assert.StartsWith(expected, Assert.Single(errors), StringComparison.Ordinal);
    }

    private NodeSettings Settings(string json) => Assert.IsType<ConfigurationResult.Loaded>(Load(json)).Settings;

    private ConfigurationResult Load(string json)
    {
        File.WriteAllText(_directory["mtacluster.json"], $$"""{ "Mta": {{json}} }""");
        return ConfigurationLoader.Load([], _directory.Path, _ => { });
    }
}
