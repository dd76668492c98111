namespace MtaCluster.Pbm.Tests;

public sealed class CompletionSpecs
{
    [Theory]
    [InlineData("", "cluster", "cluster-sharding", "exit", "help", "ledger", "queue")]
    [InlineData("clu", "cluster", "cluster-sharding")]
    [InlineData("cluster", "cluster", "cluster-sharding")]
    [InlineData("cluster ", "leave", "show")]
    [InlineData("cluster s", "show")]
    [InlineData("cluster x")]
    [InlineData("nonsense ")]
    [InlineData("help q", "queue")]
    [InlineData("help queue ")]
    [InlineData("queue list ", "--all", "--json", "--limit", "--older-than", "--status", "--watch")]
    [InlineData("queue list --st", "--status")]
    [InlineData("queue list --status ", "active", "parked")]
    [InlineData("queue list --status p", "parked")]
    [InlineData("queue list --status parked --a", "--all")]
    [InlineData("queue list --status parked --st")]
    [InlineData("queue list --limit ")]
    [InlineData("queue list --all --l", "--limit")]
    [InlineData("cluster-sharding shards s", "spool")]
    [InlineData("cluster-sharding shards spool s")]
    [InlineData("ledger ", "--json", "--spools", "--watch")]
    [InlineData("ledger --s", "--spools")]
    public void Tab_offers_what_the_node_would_understand(string text, params string[] expected)
        => Assert.Equal(expected, Completion.Of(text, SamplePalettes.All));

    [Fact]
    public void Without_palettes_there_are_the_words_of_pbm_itself() => Assert.Equal(["exit", "help"], Completion.Of("", []));
}
