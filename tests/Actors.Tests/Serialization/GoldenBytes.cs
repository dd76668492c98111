using System.Collections.Immutable;

namespace MtaCluster.Actors.Tests.Serialization;

/// <summary>What was written once, by the name of its sample: the manifest and the octets.</summary>
internal static class GoldenBytes
{
    /// <summary>All, as text: the manifest, a space, the octets in hexadecimal.</summary>
    public static ImmutableDictionary<string, string> All { get; } = Read();

    /// <summary>One of them.</summary>
    public static (string Manifest, byte[] Octets) Of(string name)
    {
        var parts = All[name].Split(' ');
        return (parts[0], Convert.FromHexString(parts[1]));
    }

    private static ImmutableDictionary<string, string> Read()
    {
        using var stream = typeof(GoldenBytes).Assembly.GetManifestResourceStream(typeof(GoldenBytes), "GoldenBytes.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(": ", 2))
            .ToImmutableDictionary(parts => parts[0], parts => parts[1]);
    }
}
