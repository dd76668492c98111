using MtaCluster.Testing.Ledgers;

namespace MtaCluster.Chaos.Tests;

public sealed class FaultPlanSpecs
{
    [Fact]
    public void A_seed_decides_the_faults()
    {
        PlannedFault[] Draw(int seed) => [.. FaultPlan.Draw(seed, [FaultKind.Kill, FaultKind.PostgresCut], nodes: 3).Take(20)];

        Assert.Equal(Draw(1), Draw(1));
        Assert.NotEqual(Draw(1), Draw(2));
    }

    [Fact]
    public void Every_kind_moment_and_node_has_its_turn()
    {
        var faults = FaultPlan.Draw(1, [.. Enum.GetValues<FaultKind>()], nodes: 3).Take(500).ToArray();

        Assert.Equal(Enum.GetValues<FaultKind>(), faults.Select(fault => fault.Kind).Distinct().Order());
        Assert.Equal(Enum.GetValues<FaultMoment>(), faults.Select(fault => fault.Moment).Distinct().Order());
        Assert.Equal([0, 1, 2], faults.Select(fault => fault.Node).Distinct().Order());
    }

    [Fact]
    public void No_kinds_are_no_faults() => Assert.Empty(FaultPlan.Draw(1, [], nodes: 3));
}
