using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Submission;
using Xunit;

namespace MtaCluster.Protocol.Tests.Submission;

public sealed class AddressPatternSpecs
{
    private static Mailbox Box(string text) => Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text);

    private static AddressPattern Pattern(string text) =>
        AddressPattern.TryParse(text, out var pattern) ? pattern : throw new ArgumentException(text);

    private static AddressRewriter Rewriter(params (string From, string To)[] rules) =>
        new([.. rules.Select(rule => new RewriteRule(Pattern(rule.From), Pattern(rule.To)))]);

    [Theory]
    [InlineData("ann@example.net", "ann@example.net", true)]
    [InlineData("ann@example.net", "Ann@EXAMPLE.net", true)]
    [InlineData("ann@example.net", "bob@example.net", false)]
    [InlineData("ann@example.net", "ann@sub.example.net", false)]
    [InlineData("ann@example.net", "ann+x@example.net", false)]
    [InlineData("ann+*@example.net", "ann+x@example.net", true)]
    [InlineData("ann+*@example.net", "annex@example.net", false)]
    [InlineData("a*a@example.net", "a@example.net", false)]
    [InlineData("a*a@example.net", "aa@example.net", true)]
    [InlineData("@example.net", "anybody@example.net", true)]
    [InlineData("@example.net", "anybody@notexample.net", false)]
    [InlineData("*@example.net", "\"a b\"@example.net", true)]
    [InlineData("*@*.example.net", "a@b.example.net", true)]
    [InlineData("*@*.example.net", "a@example.net", false)]
    [InlineData("*@*.example.net", "a@badexample.net", false)]
    [InlineData("*", "a@b.c", true)]
    [InlineData("@bücher.example", "a@xn--bcher-kva.example", true)]
    public void A_pattern_is_for_these_and_not_for_those(string pattern, string mailbox, bool isOne) =>
        Assert.Equal(isOne, Pattern(pattern).Matches(Box(mailbox)));

    [Theory]
    [InlineData("")]
    [InlineData("ann")]
    [InlineData("ann@")]
    [InlineData("@")]
    [InlineData("a**b@example.net")]
    [InlineData("a b@example.net")]
    [InlineData("*@exam*ple.net")]
    [InlineData("**")]
    public void What_is_no_pattern_is_none(string text) => Assert.False(AddressPattern.TryParse(text, out _));

    [Theory]
    [InlineData("ann@old.example", "ann@new.example")]
    [InlineData("boss@old.example", "ceo@new.example")]
    [InlineData("BOSS@old.example", "ceo@new.example")]
    [InlineData("\"a b\"@old.example", "\"a b\"@new.example")]
    [InlineData("sales-eu@shop.example", "eu.sales@new.example")]
    [InlineData("ann@new.example", null)]
    [InlineData("ann@other.example", null)]
    public void The_first_rule_that_matches_rewrites_and_no_other(string mailbox, string? expected)
    {
        var rewriter = Rewriter(
            ("boss@old.example", "ceo@new.example"), ("*@old.example", "*@new.example"), ("sales-*@shop.example", "*.sales@new.example"), ("ceo@new.example", "x@y.z"));
        Assert.Equal(expected, rewriter.TryRewrite(Box(mailbox), out var rewritten) ? rewritten.ToString() : null);
    }

    [Fact]
    public void What_would_be_no_address_is_left_as_it_is()
    {
        var rewriter = Rewriter(("*@old.example", "x.*@new.example"));
        Assert.False(rewriter.TryRewrite(Box($"{new string('a', 64)}@old.example"), out _));
        Assert.False(rewriter.TryRewrite(Box("\"a b\"@old.example"), out _));
    }

    [Fact]
    public void The_null_reverse_path_is_anybodys_and_stays()
    {
        var nobody = new SenderIdentity("ann", []);
        Assert.True(nobody.Allows(ReversePath.Null));
        Assert.False(nobody.Allows(Box("ann@example.net")));
        Assert.Same(ReversePath.Null, Rewriter(("*", "x@y.z")).Rewrite(ReversePath.Null));
        Assert.Equal("x@y.z", Rewriter(("*", "x@y.z")).Rewrite(new ReversePath(Box("a@b.c"))).ToString());
    }
}
