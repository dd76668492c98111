using MtaCluster.Actors.Membership;
using Xunit;

namespace MtaCluster.Actors.Tests.Membership;

/// <summary>In the tables: + a node that can be seen, - one that cannot, in the order of addresses.</summary>
public sealed class SplitBrainPolicySpecs
{
    [Theory]
    [InlineData("", true)]
    [InlineData("+", true)]
    [InlineData("++", true)]
    [InlineData("+-", true)]
    [InlineData("-+", false)]
    [InlineData("++-", true)]
    [InlineData("-++", true)]
    [InlineData("--+", false)]
    [InlineData("+--", false)]
    [InlineData("+-+-", true)]
    [InlineData("-+-+", false)]
    [InlineData("+++--", true)]
    [InlineData("++---", false)]
    public void The_larger_part_stays_and_of_two_halves_the_one_with_the_lowest_address(string nodes, bool stays) =>
        Assert.Equal(stays, Stays(new SplitBrainPolicy(SplitBrainStrategy.KeepMajority), nodes));

    [Theory]
    [InlineData(1, "+-", true)]
    [InlineData(1, "-+", true)]
    [InlineData(2, "+-", false)]
    [InlineData(2, "++", true)]
    [InlineData(2, "+", true)]
    [InlineData(2, "+-+", true)]
    [InlineData(2, "--+", false)]
    [InlineData(3, "+++--", true)]
    [InlineData(3, "++---", false)]
    public void A_part_with_a_quorum_stays_and_one_that_misses_nobody_does_too(int quorum, string nodes, bool stays) =>
        Assert.Equal(stays, Stays(new SplitBrainPolicy(SplitBrainStrategy.StaticQuorum, quorum), nodes));

    [Theory]
    [InlineData("+")]
    [InlineData("+--")]
    [InlineData("--+")]
    public void Where_no_part_stays_nobody_takes_over_and_all_go_on_until_the_end(string nodes) =>
        Assert.True(Stays(new SplitBrainPolicy(SplitBrainStrategy.DownAll), nodes));

    [Fact]
    public void The_reason_says_how_many_can_be_seen() =>
        Assert.StartsWith("only 1 of 3 nodes can be seen", new SplitBrainPolicy(SplitBrainStrategy.KeepMajority).WhyNot([false, true, false]), StringComparison.Ordinal);

    private static bool Stays(SplitBrainPolicy policy, string nodes) => policy.WhyNot([.. nodes.Select(node => node == '+')]) is null;
}
