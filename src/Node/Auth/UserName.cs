using System.Diagnostics.CodeAnalysis;
using System.Text;
using MtaCluster.Protocol.Sasl;

namespace MtaCluster.Node.Auth;

/// <summary>The one form in which names of users are kept and compared: prepared, in lower case.</summary>
internal static class UserName
{
    /// <summary>The most octets of a name in UTF-8.</summary>
    public const int MaximumLength = 255;

    /// <summary>What a name is, in words.</summary>
    public const string Form = "1 to 255 octets without white space and control characters";

    /// <summary>The canonical form of a name; false if it can be nobody's.</summary>
    public static bool TryCanonicalise(string name, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        if (name.Length > MaximumLength || !SaslPrep.TryPrepare(name, out var prepared) || prepared.Length == 0
            || prepared.Any(char.IsWhiteSpace) || Encoding.UTF8.GetByteCount(prepared) > MaximumLength)
        {
            return false;
        }

        canonical = prepared.ToLowerInvariant();
        return true;
    }
}
