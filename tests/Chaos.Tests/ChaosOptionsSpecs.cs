using MtaCluster.Testing.Ledgers;

namespace MtaCluster.Chaos.Tests;

public sealed class ChaosOptionsSpecs
{
    [Fact]
    public void Arguments_are_read()
    {
        var options = ChaosOptions.Parse(["--seed", "7", "--seeds", "3", "--faults", "kill,postgres-cut", "--duration", "5m", "--rate", "50", "--json", "-"]);

        Assert.Equal((7, 3, TimeSpan.FromMinutes(5), 50, "-"), (options.Seed, options.Seeds, options.Duration, options.Rate, options.Json));
        Assert.Equal([FaultKind.Kill, FaultKind.PostgresCut], options.Faults);
    }

    [Fact]
    public void All_faults_and_none_have_names()
    {
        Assert.Equal(Enum.GetValues<FaultKind>(), ChaosOptions.Parse(["--faults", "all"]).Faults);
        Assert.Empty(ChaosOptions.Parse(["--faults", "none"]).Faults);
    }

    [Theory]
    [InlineData("--faults", "fire")]
    [InlineData("--duration", "soon")]
    [InlineData("--rate", "-1")]
    [InlineData("--seed")]
    [InlineData("--control", "nothing")]
    [InlineData("--what", "1")]
    public void Wrong_ones_are_refused(params string[] arguments) => Assert.Throws<FormatException>(() => ChaosOptions.Parse(arguments));
}
