using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MtaCluster.Protocol.Sasl;

/// <summary>
/// The header that SCRAM and OAUTHBEARER begin with (RFC 5801 §4): <c>gs2-cbind-flag "," ["a=" authzid] ","</c>.
/// </summary>
/// <param name="Text">As it was sent, with both commas: the client sends it again under its proof.</param>
/// <param name="Flag">n: the client has no channel binding; y: it has, but thinks that the server has not; p: it uses one.</param>
/// <param name="Binding">With p, which.</param>
/// <param name="AuthorizationIdentity">Whom it wants to act for, prepared; null for itself.</param>
internal sealed record Gs2Header(string Text, char Flag, string? Binding, string? AuthorizationIdentity)
{
    /// <summary>Reads the header, and gives what comes after it.</summary>
    public static bool TryParse(string message, [NotNullWhen(true)] out Gs2Header? header, out string rest)
    {
        (header, rest) = (null, "");
        var first = message.IndexOf(',', StringComparison.Ordinal);
        var second = first < 0 ? -1 : message.IndexOf(',', first + 1);
        if (second < 0)
        {
            return false;
        }

        var (flag, identity) = (message[..first], message[(first + 1)..second]);
        var binding = flag.StartsWith("p=", StringComparison.Ordinal) ? flag[2..] : null;
        if (binding is null ? flag is not ("n" or "y") : !IsBindingName(binding))
        {
            return false;
        }

        string? name = null;
        if (identity.Length > 0 && (!identity.StartsWith("a=", StringComparison.Ordinal) || !TryReadName(identity[2..], out name)))
        {
            return false;
        }

        header = new Gs2Header(message[..(second + 1)], flag[0], binding, name);
        rest = message[(second + 1)..];
        return true;
    }

    /// <summary>Reads a saslname (RFC 5802 §5.1): <c>=2C</c> is a comma, <c>=3D</c> an equals sign, any other equals sign is wrong.</summary>
    public static bool TryReadName(string text, [NotNullWhen(true)] out string? name)
    {
        name = null;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '=')
            {
                plain.Append(text[i]);
                continue;
            }

            var escaped = i + 3 <= text.Length ? text.AsSpan(i + 1, 2) : default;
            if (escaped is not ("2C" or "3D"))
            {
                return false;
            }

            plain.Append(escaped is "2C" ? ',' : '=');
            i += 2;
        }

        return SaslPrep.TryPrepare(plain.ToString(), out name) && name.Length > 0;
    }

    private static bool IsBindingName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-');
}
