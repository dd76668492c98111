using System.Collections.Immutable;
using Akka.Serialization;
using Xunit;

namespace MtaCluster.Actors.Tests.Serialization;

/// <summary>What was written once, by the name of its sample: the manifest, a space, the octets in hexadecimal.</summary>
internal static class GoldenBytes
{
    private static readonly ImmutableDictionary<string, string> s_all = ReadAll();

    /// <summary>The message is written as it was.</summary>
    public static void AssertWritten(string name, object message, SerializerWithStringManifest serializer)
    {
        var written = serializer.Manifest(message) + " " + Convert.ToHexStringLower(serializer.ToBinary(message));

        Assert.True(s_all.TryGetValue(name, out var expected), $"{name}: {written}");
        Assert.Equal(expected, written);
    }

    /// <summary>Reads what was written.</summary>
    public static object Read(string name, SerializerWithStringManifest serializer)
    {
        var parts = s_all[name].Split(' ');
        return serializer.FromBinary(Convert.FromHexString(parts[1]), parts[0]);
    }

    private static ImmutableDictionary<string, string> ReadAll()
    {
        using var stream = typeof(GoldenBytes).Assembly.GetManifestResourceStream(typeof(GoldenBytes), "GoldenBytes.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(": ", 2))
            .ToImmutableDictionary(parts => parts[0], parts => parts[1]);
    }
}
