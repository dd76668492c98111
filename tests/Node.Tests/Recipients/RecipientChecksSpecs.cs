using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Policy;
using MtaCluster.Node.Recipients;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Policy;
using MtaCluster.Testing.Routing;
using Xunit;

namespace MtaCluster.Node.Tests.Recipients;

public sealed class RecipientChecksSpecs : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ScriptedHop _hop = new(line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 never heard of\r\n" : "250 2.0.0 ok\r\n");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    private RecipientChecks Checks(string json, IUserSource? accounts = null)
    {
        File.WriteAllText(_directory["mtacluster.json"], json);
        var settings = Assert.IsType<ConfigurationResult.Loaded>(ConfigurationLoader.Load([], _directory.Path, _ => { }, MachineChecks.AddErrors)).Settings;
        var resolver = new StaticMxResolver();
        Assert.True(NextHop.TryParse("[127.0.0.1]:2525", out var next));
        return new RecipientChecks(settings.Recipients, accounts, new CallAheadServices(
            "me.example",
            StartTls: false,
            new RoutePlanner(resolver, [new RouteRule(DomainPattern.Any.Instance, next)], new ShapingTable([]), "me.example"),
            new HopResolver(resolver, [], []),
            _hop,
            TimeProvider.System,
            NullLogger<CallAhead>.Instance), TimeProvider.System, NullLoggerFactory.Instance);
    }

    [Fact]
    public async Task What_is_configured_is_checked_in_the_chain_of_a_listener()
    {
        File.WriteAllText(_directory["users"], "ann\n");
        File.WriteAllText(_directory["aliases"], "sales: ann\n");
        await using var checks = Checks($$"""
            { "Mta": { "LocalDomains": ["example.net"], "RelayDomains": ["example.org"], "Recipients": { "Domains": [
                { "Domain": "example.net", "Users": ["file:{{_directory["users"]}}", "auth"], "Aliases": ["file:{{_directory["aliases"]}}"] },
                { "Domain": "example.org", "CallAhead": true } ] } } }
            """, new Accounts());
        var chain = new PolicyChain(checks.Rules, TimeProvider.System, NullLogger<PolicyChain>.Instance);
        var replies = new List<string>();
        foreach (var mailbox in new[] { "ann@example.net", "bob@example.net", "eve@example.net", "sales@example.net", "eve@example.org", "x@elsewhere.example" })
        {
            replies.Add(await AskAsync(chain, mailbox));
        }

        Assert.Equal(
            [
                "taken", "taken", "550 5.1.1 No such mailbox here", "ann@example.net",
                "550 5.1.1 No such mailbox, says the next hop: 550 5.1.1 never heard of", "taken",
            ],
            replies);
    }

    [Fact]
    public async Task Without_domains_reports_alone_are_looked_at()
    {
        await using var checks = Checks("""{ "Mta": { } }""");
        Assert.Equal("reports", Assert.Single(checks.Rules).Policy.Name);
        await using var none = Checks("""{ "Mta": { "Recipients": { "SingleRecipientReports": false } } }""");
        Assert.Empty(none.Rules);
    }

    private static async Task<string> AskAsync(PolicyChain chain, string mailbox)
    {
        var session = new PolicySession
        {
            ConnectionId = "c1",
            Listener = "mx",
            Client = new IPEndPoint(IPAddress.Loopback, 1),
            ReversePath = new ReversePath(RecipientFiles.Box("sender@elsewhere.example")),
        };
        return await chain.OnRecipientAsync(session, RecipientFiles.Recipient(mailbox), Stop) switch
        {
            PolicyVerdict.Accept { Additions: [PolicyAddition.Redirect redirect] } => string.Join(' ', redirect.Recipients.Select(target => target.Mailbox)),
            PolicyVerdict.Accept => "taken",
            PolicyVerdict.Reject reject => reject.Reply.ToString(),
            var other => other.ToString(),
        };
    }

    private sealed class Accounts : IUserSource
    {
        public ValueTask<Presence> FindAsync(Mailbox mailbox, CancellationToken cancellationToken) =>
            ValueTask.FromResult(mailbox.LocalPart == "bob" ? Presence.Known : Presence.Unknown);
    }
}
