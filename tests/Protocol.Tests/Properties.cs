using FsCheck;
using FsCheck.Fluent;

namespace MtaCluster.Protocol.Tests;

/// <summary>Runs properties with a fixed seed, so that a run says the same everywhere and always.</summary>
internal static class Properties
{
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithReplay(20251129UL, 8214565720323847UL).WithMaxTest(1000);

    /// <summary>Throws with the smallest counter-example if <paramref name="property"/> does not hold.</summary>
    internal static void Hold(this Property property) => property.Check(s_config);
}
