using Microsoft.Extensions.Configuration;
using MtaCluster.Node.Configuration;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Submission;
using Xunit;

namespace MtaCluster.Node.Tests.Configuration;

public sealed class RecipientsReaderSpecs : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private ConfigurationResult Load(string json, bool checksMachine = false)
    {
        File.WriteAllText(_directory["mtacluster.json"], json);
        return ConfigurationLoader.Load([], _directory.Path, _ => { }, checksMachine ? MachineChecks.AddErrors : null);
    }

    private NodeSettings Settings(string json) => Assert.IsType<ConfigurationResult.Loaded>(Load(json)).Settings;

    private string[] Errors(string json, bool checksMachine = false) => [.. Assert.IsType<ConfigurationResult.Invalid>(Load(json, checksMachine)).Errors];

    [Fact]
    public void Without_keys_no_recipient_is_checked_and_users_send_as_themselves()
    {
        var settings = Settings("""{ "Mta": { } }""");
        Assert.Equal(RecipientSettings.None.ToString(), settings.Recipients.ToString());
        Assert.Empty(settings.Recipients.Domains);
        Assert.True(settings.Recipients.SingleRecipientReports);
        Assert.True(settings.Submission.ChecksReversePath);
        Assert.Equal(FromRule.Own, settings.Submission.Rules.From);
        Assert.True(settings.Submission.Rules.Rewriter.IsEmpty);
    }

    [Fact]
    public void Every_key_is_read()
    {
        var settings = Settings("""
            { "Mta": {
                "LocalDomains": ["example.net"], "RelayDomains": ["*.example.org"],
                "Recipients": {
                    "Domains": [
                        { "Domain": "Example.NET", "Users": ["file:/etc/users", "SQL", "auth"], "Aliases": ["file:/etc/aliases", "sql"],
                          "CatchAll": "rest@example.net", "PlusAddressing": true },
                        { "Domain": "*.example.org", "CallAhead": true } ],
                    "Sql": { "ConnectionString": "Host=db;Password=secret", "UserQuery": "SELECT @address", "AliasQuery": "SELECT @local, @domain",
                             "Timeout": "00:00:01", "PositiveTtl": "00:02:00", "NegativeTtl": "00:00:00", "CacheSize": 10, "Connections": 2 },
                    "CallAhead": { "PositiveTtl": "00:00:01", "NegativeTtl": "00:00:02", "Timeout": "00:00:03", "WhenUnreachable": "defer", "Connections": 4, "CacheSize": 5 },
                    "AcceptAbuse": true, "SingleRecipientReports": false },
                "Submission": { "ReversePath": "any", "From": "sender", "Rewrite": [ { "From": "*@old.example", "To": "*@new.example" } ] }
            } }
            """);
        var (first, second) = (settings.Recipients.Domains[0], settings.Recipients.Domains[1]);
        Assert.Equal("example.net", first.Domain.ToString());
        Assert.Equal([new RecipientSource.File("/etc/users"), new RecipientSource.Sql(), new RecipientSource.Auth()], first.Users);
        Assert.Equal([new RecipientSource.File("/etc/aliases"), new RecipientSource.Sql()], first.Aliases);
        Assert.Equal(("rest@example.net", true, false), (first.CatchAll!.ToString(), first.PlusAddressing, first.CallAhead));
        Assert.Equal(("*.example.org", false, true), (second.Domain.ToString(), second.PlusAddressing, second.CallAhead));
        Assert.Equal(
            new RecipientSqlSettings("Host=db;Password=secret", "SELECT @address", "SELECT @local, @domain")
            {
                Timeout = TimeSpan.FromSeconds(1),
                PositiveTtl = TimeSpan.FromMinutes(2),
                NegativeTtl = TimeSpan.Zero,
                CacheSize = 10,
                Connections = 2,
            },
            settings.Recipients.Sql);
        Assert.Equal(
            new CallAheadSettings
            {
                PositiveTtl = TimeSpan.FromSeconds(1),
                NegativeTtl = TimeSpan.FromSeconds(2),
                Timeout = TimeSpan.FromSeconds(3),
                DefersWhenUnreachable = true,
                Connections = 4,
                CacheSize = 5,
            },
            settings.Recipients.CallAhead);
        Assert.True(settings.Recipients.AcceptAbuse);
        Assert.False(settings.Recipients.SingleRecipientReports);
        Assert.False(settings.Submission.ChecksReversePath);
        Assert.Equal(FromRule.AddSender, settings.Submission.Rules.From);
        Assert.True(Mailbox.TryParse("a@old.example", out var mailbox));
        Assert.True(settings.Submission.Rules.Rewriter.TryRewrite(mailbox, out var rewritten));
        Assert.Equal("a@new.example", rewritten.ToString());
    }

    [Fact]
    public void Every_error_is_told_at_once_with_the_path_of_its_key()
    {
        var errors = Errors("""
            { "Mta": {
                "LocalDomains": ["example.net"],
                "Recipients": {
                    "Domains": [
                        { "Domain": "example.net", "Users": ["users.txt", "file:"], "Aliases": ["auth"], "CatchAll": "nobody" },
                        { "Domain": "example.net", "Users": ["sql"] },
                        { "Domain": "example.org", "CallAhead": true },
                        { "Domain": "*", "CallAhead": true },
                        { "Domain": "example.net" },
                        { "Users": ["file:x"], "Usres": [] } ],
                    "Sql": { "ConnectionString": "Hots=db", "AliasQuery": "SELECT 1", "Timeout": "01:00:00" },
                    "CallAhead": { "WhenUnreachable": "perhaps", "Connections": 0 } },
                "Submission": { "From": "nobody", "ReversePath": "x", "Rewrite": [
                    { "From": "*@old.example", "To": "@" }, { "From": "a@old.example", "To": "*@new.example" }, { "From": "*", "To": "*@*.example" } ] }
            } }
            """);
        string[] keys =
        [
            "Mta:Recipients:Domains:0:Users:0", "Mta:Recipients:Domains:0:Users:1", "Mta:Recipients:Domains:0:Aliases:0", "Mta:Recipients:Domains:0:CatchAll",
            "Mta:Recipients:Domains:1:Domain", "Mta:Recipients:Domains:2:Domain", "Mta:Recipients:Domains:3:Domain", "Mta:Recipients:Domains:4:Domain",
            "Mta:Recipients:Domains:4", "Mta:Recipients:Domains:5:Domain", "Mta:Recipients:Domains:5:Usres", "Mta:Recipients:Sql:ConnectionString",
            "Mta:Recipients:Sql:AliasQuery", "Mta:Recipients:Sql:Timeout", "Mta:Recipients:Sql:UserQuery", "Mta:Recipients:CallAhead:WhenUnreachable",
            "Mta:Recipients:CallAhead:Connections", "Mta:Submission:From", "Mta:Submission:ReversePath", "Mta:Submission:Rewrite:0:To",
            "Mta:Submission:Rewrite:1:To", "Mta:Submission:Rewrite:2:To",
        ];
        Assert.Equal(keys.Order(StringComparer.Ordinal), errors.Select(error => error.Split(": ")[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Files_are_checked_on_the_machine_where_they_are_to_be()
    {
        File.WriteAllText(_directory["aliases"], "a: b\nc: |d\n");
        var json = $$"""
            { "Mta": { "LocalDomains": ["example.net", "example.org"], "Recipients": { "Domains": [
                { "Domain": "example.net", "Users": ["file:{{_directory["none"]}}"], "Aliases": ["file:{{_directory["aliases"]}}"] },
                { "Domain": "example.org", "Aliases": ["file:{{_directory["aliases"]}}"] } ] } } }
            """;
        Settings(json);
        var errors = Errors(json, checksMachine: true);
        Assert.Equal(2, errors.Length);
        Assert.StartsWith($"Mta:Recipients:Domains:0:Users: {_directory["none"]}: ", errors[0], StringComparison.Ordinal);
        Assert.StartsWith($"Mta:Recipients:Domains:0:Aliases: {_directory["aliases"]}: line 2: ", errors[1], StringComparison.Ordinal);
    }
}
