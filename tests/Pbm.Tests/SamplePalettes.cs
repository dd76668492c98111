using System.Collections.Immutable;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Pbm.Tests;

/// <summary>Palettes as a node might tell of them.</summary>
internal static class SamplePalettes
{
    public static ImmutableArray<PaletteDescription> All { get; } =
    [
        new("cluster", "Nodes", [new("show", "Shows", [], [], false, false), new("leave", "Leaves", [new("address", ParameterType.Node, "The node")], [], true, false)]),
        new("cluster-sharding", "Shards", [new("shards", "Lists", [new("type", ParameterType.Choice, "A type", false, ["spool", "destination"])], [], false, false)]),
        new(
            "queue",
            "Mail",
            [
                new(
                    "list",
                    "Lists",
                    [],
                    [
                        new("status", ParameterType.Choice, "In this state", false, ["parked", "active"]),
                        new("limit", ParameterType.Number, "So many"),
                        new("older-than", ParameterType.Duration, "Older"),
                        new("all", ParameterType.Flag, "All"),
                    ],
                    false,
                    false),
                new("tail", "Follows", [new("id", ParameterType.QueueId, "The id", true)], [new("reason", ParameterType.Text, "Why", true)], false, true),
            ]),
        new("ledger", "Proof", [new("", "Proves", [], [new("spools", ParameterType.Flag, "Each")], false, false)]),
    ];
}
