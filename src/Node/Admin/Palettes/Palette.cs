using System.Collections.Immutable;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>A family of commands that the admin endpoint offers.</summary>
/// <param name="Name">Its first word.</param>
/// <param name="Description">In a few words.</param>
/// <param name="Commands">What it can do.</param>
internal sealed record Palette(string Name, string Description, ImmutableArray<Command> Commands)
{
    /// <summary>What is told of it.</summary>
    public PaletteDescription Describe() => new(Name, Description, [.. Commands.Select(command => command.Describe())]);

    /// <summary>The command of that name, or null.</summary>
    public Command? Find(string command) => Commands.FirstOrDefault(candidate => candidate.Name == command);
}

/// <summary>A command, and what runs when it is given.</summary>
/// <param name="Name">Its second word; empty for what the palette does by itself.</param>
/// <param name="Description">In a sentence.</param>
/// <param name="Handler">Writes the answer.</param>
internal sealed record Command(string Name, string Description, Func<CommandContext, Task> Handler)
{
    /// <summary>By position; those that must be given come first.</summary>
    public ImmutableArray<ParameterDescription> Arguments { get; init; } = [];

    /// <summary>By name.</summary>
    public ImmutableArray<ParameterDescription> Switches { get; init; } = [];

    /// <summary>It changes something: for operators alone, and written to the audit log.</summary>
    public bool Changes { get; init; }

    /// <summary>It goes on until it is ended.</summary>
    public bool Streams { get; init; }

    /// <summary>What it takes that must not be on a command line, such as a password; null for nothing.</summary>
    public string? Secret { get; init; }

    /// <summary>What is told of it.</summary>
    public CommandDescription Describe() => new(Name, Description, Arguments, Switches, Changes, Streams, Secret);
}

/// <summary>All palettes, in the order of their names. A new one is added here.</summary>
internal static class PaletteCatalogue
{
    /// <summary>The palettes.</summary>
    public static ImmutableArray<Palette> All { get; } =
    [
        ClusterPalette.Create(),
        ClusterShardingPalette.Create(),
        ConnectionPalette.Create(),
        DestinationPalette.Create(),
        HealthPalette.Create(),
        LedgerPalette.Create(),
        MessagePalette.Create(),
        QueuePalette.Create(),
        UserPalette.Create(),
    ];

    /// <summary>What is told of them.</summary>
    public static ImmutableArray<PaletteDescription> Descriptions { get; } = [.. All.Select(palette => palette.Describe())];

    /// <summary>The palette of that name, or null.</summary>
    public static Palette? Find(string name) => All.FirstOrDefault(palette => palette.Name == name);
}
