using System.IO.Hashing;
using System.Text;

namespace MtaCluster.Actors.Destination;

/// <summary>A hash that is the same on every node and in every version.</summary>
internal static class StableHash
{
    public static ulong Of(string text) => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(text));
}
