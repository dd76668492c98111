using System.Globalization;
using MtaCluster.Node.Recipients;
using MtaCluster.Protocol.Address;
using Xunit;

namespace MtaCluster.Node.Tests.Recipients;

public sealed class RecipientResolverSpecs : IDisposable
{
    private readonly RecipientFiles _files = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    private static async Task<string> ResolveAsync(string mailbox, params RecipientDomain[] domains) =>
        RecipientFiles.Describe(await new RecipientResolver(new RecipientDomains(domains), null, acceptsAbuse: false)
            .ResolveAsync(RecipientFiles.Box(mailbox), Stop));

    private RecipientDomain[] Site()
    {
        var users = _files.Users("ann", "bob", "tagged+one", "carol@example.net");
        var aliases = _files.Aliases(
            "sales: ann, bob@example.net, out@elsewhere.example",
            "all: sales, carol",
            "self: self, ann",
            "ann.old: ann",
            "ping: pong",
            "pong: ping",
            "spin: spun, ann",
            "spun: spin",
            "plus+tag: bob",
            "list: ann",
            "dead: nobody",
            "twice: ann, ANN, list",
            "hostmaster: ann");
        return
        [
            RecipientFiles.Domain("example.net") with { Users = [users], Aliases = [aliases], PlusAddressing = true },
            RecipientFiles.Domain("strict.example") with { Users = [users] },
            RecipientFiles.Domain("*.sub.example") with { Users = [users], CatchAll = RecipientFiles.Box("sales@example.net") },
            RecipientFiles.Domain("a.sub.example") with { CatchAll = RecipientFiles.Box("box@elsewhere.example") },
            RecipientFiles.Domain("virtual.example") with { Aliases = [_files.Aliases("ann@virtual.example ann@example.net", "@virtual.example rest@elsewhere.example")] },
        ];
    }

    [Theory]
    [InlineData("ann@example.net", "taken")]
    [InlineData("ANN@example.net", "taken")]
    [InlineData("carol@example.net", "taken")]
    [InlineData("nobody@example.net", "unknown")]
    [InlineData("carol@strict.example", "unknown")]
    [InlineData("anybody@not-checked.example", "taken")]
    [InlineData("sales@example.net", "ann@example.net bob@example.net out@elsewhere.example")]
    [InlineData("all@example.net", "carol@example.net ann@example.net bob@example.net out@elsewhere.example")]
    [InlineData("Ann.Old@example.net", "ann@example.net")]
    [InlineData("self@example.net", "self@example.net ann@example.net")]
    [InlineData("ping@example.net", "broken: it stands for nothing but itself, by way of others")]
    [InlineData("spin@example.net", "ann@example.net")]
    [InlineData("twice@example.net", "ann@example.net")]
    [InlineData("dead@example.net", "nobody@example.net")]
    [InlineData("ann+x@example.net", "taken")]
    [InlineData("ann+@example.net", "taken")]
    [InlineData("+ann@example.net", "unknown")]
    [InlineData("nobody+ann@example.net", "unknown")]
    [InlineData("\"ann+x y\"@example.net", "unknown")]
    [InlineData("tagged+one@example.net", "taken")]
    [InlineData("tagged+two@example.net", "unknown")]
    [InlineData("list+x@example.net", "ann@example.net")]
    [InlineData("plus+tag@example.net", "bob@example.net")]
    [InlineData("plus+other@example.net", "unknown")]
    [InlineData("ann+x@strict.example", "unknown")]
    [InlineData("ann@b.sub.example", "taken")]
    [InlineData("nobody@b.sub.example", "ann@example.net bob@example.net out@elsewhere.example")]
    [InlineData("ann@a.sub.example", "box@elsewhere.example")]
    [InlineData("ann@sub.example", "taken")]
    [InlineData("ann@virtual.example", "ann@example.net")]
    [InlineData("other@virtual.example", "rest@elsewhere.example")]
    [InlineData("postmaster@strict.example", "taken")]
    [InlineData("PostMaster@example.net", "taken")]
    [InlineData("abuse@strict.example", "unknown")]
    [InlineData("hostmaster@example.net", "ann@example.net")]
    public async Task A_recipient_is_taken_expanded_or_refused(string mailbox, string expected) =>
        Assert.Equal(expected, await ResolveAsync(mailbox, Site()));

    [Fact]
    public async Task Postmaster_may_be_an_alias_and_abuse_may_be_everywhere()
    {
        var domains = new RecipientDomains(
        [
            RecipientFiles.Domain("example.net") with { Users = [_files.Users("ann")], Aliases = [_files.Aliases("postmaster: ann")] },
        ]);
        var resolver = new RecipientResolver(domains, null, acceptsAbuse: true);
        Assert.Equal("ann@example.net", RecipientFiles.Describe(await resolver.ResolveAsync(RecipientFiles.Box("postmaster@example.net"), Stop)));
        Assert.Equal("taken", RecipientFiles.Describe(await resolver.ResolveAsync(RecipientFiles.Box("Abuse@example.net"), Stop)));
    }

    [Theory]
    [InlineData(10, "end@elsewhere.example")]
    [InlineData(11, "broken: aliases stand for aliases more than 10 deep")]
    public async Task Aliases_are_nested_ten_deep_at_most(int depth, string expected)
    {
        var lines = Enumerable.Range(1, depth).Select(i => i == depth
            ? string.Create(CultureInfo.InvariantCulture, $"a{i}: end@elsewhere.example")
            : string.Create(CultureInfo.InvariantCulture, $"a{i}: a{i + 1}"));
        var domain = RecipientFiles.Domain("example.net") with { Aliases = [_files.Aliases([.. lines])] };
        Assert.Equal(expected, await ResolveAsync("a1@example.net", domain));
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public async Task One_recipient_stands_for_a_thousand_at_most(int count, bool isBroken)
    {
        var targets = string.Join(',', Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"t{i}@elsewhere.example")));
        var domain = RecipientFiles.Domain("example.net") with { Aliases = [_files.Aliases("all: " + targets)] };
        Assert.Equal(isBroken, (await ResolveAsync("all@example.net", domain)).StartsWith("broken: it stands for more than 1000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_alias_of_an_alias_for_very_many_is_given_up_before_it_is_gathered()
    {
        // 100 × 100 × 100 targets: a million, if nobody counted.
        var lines = new List<string>();
        for (var level = 0; level < 3; level++)
        {
            lines.AddRange(Enumerable.Range(0, 100).Select(i =>
                $"l{level}.{i}: " + string.Join(',', Enumerable.Range(0, 100).Select(j => $"l{level + 1}.{j}"))));
        }

        var domain = RecipientFiles.Domain("example.net") with { Aliases = [_files.Aliases([.. lines])] };
        Assert.Equal("broken: it stands for more than 1000 recipients", await ResolveAsync("l0.0@example.net", domain));
    }

    [Theory]
    [InlineData(Presence.Away, Presence.Unknown, "ann@example.net", "away")]
    [InlineData(Presence.Away, Presence.Known, "ann@example.net", "away")]
    [InlineData(Presence.Unknown, Presence.Away, "ann@example.net", "away")]
    [InlineData(Presence.Unknown, Presence.Away, "ann+tag@example.net", "away")]
    [InlineData(Presence.Unknown, Presence.Unknown, "ann@example.net", "catch@elsewhere.example")]
    [InlineData(Presence.Unknown, Presence.Known, "ann@example.net", "taken")]
    [InlineData(Presence.Away, Presence.Away, "postmaster@example.net", "taken")]
    public async Task A_source_that_is_away_is_never_a_no(Presence aliases, Presence users, string mailbox, string expected)
    {
        var domain = RecipientFiles.Domain("example.net") with
        {
            Users = [new Source(users)],
            Aliases = [new Source(aliases)],
            CatchAll = RecipientFiles.Box("catch@elsewhere.example"),
            PlusAddressing = true,
        };
        Assert.Equal(expected, await ResolveAsync(mailbox, domain));
    }

    [Fact]
    public async Task Of_two_sources_one_that_knows_is_enough()
    {
        var domain = RecipientFiles.Domain("example.net") with { Users = [new Source(Presence.Away), new Source(Presence.Known)] };
        Assert.Equal("taken", await ResolveAsync("ann@example.net", domain));
    }

    [Theory]
    [InlineData(Presence.Known, null, "taken")]
    [InlineData(Presence.Unknown, "550 5.1.1 gone", "unknown: 550 5.1.1 gone")]
    [InlineData(Presence.Away, null, "away")]
    public async Task The_next_hop_is_asked_about_those_that_no_file_knows(Presence presence, string? text, string expected)
    {
        var asked = new Asked(presence, text);
        var domains = new RecipientDomains(
        [
            RecipientFiles.Domain("example.net") with { Users = [_files.Users("ann")], CallAhead = true },
            RecipientFiles.Domain("quiet.example") with { Users = [_files.Users("ann")] },
        ]);
        var resolver = new RecipientResolver(domains, asked, acceptsAbuse: false);
        Assert.Equal("taken", RecipientFiles.Describe(await resolver.ResolveAsync(RecipientFiles.Box("ann@example.net"), Stop)));
        Assert.Equal(expected, RecipientFiles.Describe(await resolver.ResolveAsync(RecipientFiles.Box("bob@example.net"), Stop)));
        Assert.Equal("unknown", RecipientFiles.Describe(await resolver.ResolveAsync(RecipientFiles.Box("bob@quiet.example"), Stop)));
        Assert.Equal(["bob@example.net"], asked.Recipients);
    }

    [Fact]
    public async Task A_recipient_that_a_file_knows_costs_no_memory()
    {
        var resolver = new RecipientResolver(new RecipientDomains(Site()), null, acceptsAbuse: false);
        var mailbox = RecipientFiles.Box("ann@example.net");
        for (var i = 0; i < 1000; i++)
        {
            Assert.Same(Resolution.AsItIs, await resolver.ResolveAsync(mailbox, CancellationToken.None));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            await resolver.ResolveAsync(mailbox, CancellationToken.None);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class Source(Presence presence) : IUserSource, IAliasSource
    {
        public ValueTask<AliasAnswer> FindForDomainAsync(string domain, CancellationToken cancellationToken) =>
            ValueTask.FromResult(presence == Presence.Away ? AliasAnswer.Away : AliasAnswer.None);

        ValueTask<Presence> IUserSource.FindAsync(Mailbox mailbox, CancellationToken cancellationToken) => ValueTask.FromResult(presence);

        ValueTask<AliasAnswer> IAliasSource.FindAsync(Mailbox mailbox, CancellationToken cancellationToken) =>
            ValueTask.FromResult(presence == Presence.Away ? AliasAnswer.Away : AliasAnswer.None);
    }

    private sealed class Asked(Presence presence, string? text) : ICallAhead
    {
        public List<string> Recipients { get; } = [];

        public ValueTask<(Presence Presence, string? Text)> AskAsync(Mailbox recipient, CancellationToken cancellationToken)
        {
            Recipients.Add(recipient.ToString());
            return ValueTask.FromResult((presence, text));
        }
    }
}
