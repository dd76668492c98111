using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MtaCluster.Protocol.Sasl;

/// <summary>The first message of a SCRAM client (RFC 5802 §7): <c>gs2-header n=name,r=nonce[,extensions]</c>.</summary>
/// <param name="Header">The GS2 header.</param>
/// <param name="Bare">All after it: part of what is proved.</param>
/// <param name="Name">The user's name, prepared.</param>
/// <param name="Nonce">The client's nonce.</param>
internal sealed record ScramClientFirst(Gs2Header Header, string Bare, string Name, string Nonce)
{
    /// <summary>Reads it. An extension that must be understood (<c>m=</c>) is none that we know.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out ScramClientFirst? message)
    {
        message = null;
        if (!SaslText.TryDecode(octets, out var text) || !Gs2Header.TryParse(text, out var header, out var bare))
        {
            return false;
        }

        var attributes = bare.Split(',');
        if (attributes.Length < 2
            || !ScramAttributes.TryRead(attributes[0], 'n', out var escaped) || !Gs2Header.TryReadName(escaped, out var name)
            || !ScramAttributes.TryRead(attributes[1], 'r', out var nonce) || !ScramAttributes.IsNonce(nonce)
            || !attributes.Skip(2).All(ScramAttributes.IsExtension))
        {
            return false;
        }

        message = new ScramClientFirst(header, bare, name, nonce);
        return true;
    }
}

/// <summary>The last message of a SCRAM client: <c>c=binding,r=nonce[,extensions],p=proof</c>.</summary>
/// <param name="WithoutProof">All before the proof: part of what is proved.</param>
/// <param name="Binding">The GS2 header again, and the channel binding.</param>
/// <param name="Nonce">Both nonces.</param>
/// <param name="Proof">The proof, as long as a key.</param>
internal sealed record ScramClientFinal(string WithoutProof, byte[] Binding, string Nonce, byte[] Proof)
{
    /// <summary>Reads it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out ScramClientFinal? message)
    {
        message = null;
        if (!SaslText.TryDecode(octets, out var text))
        {
            return false;
        }

        var attributes = text.Split(',');
        if (attributes.Length < 3
            || !ScramAttributes.TryReadOctets(attributes[0], 'c', out var binding)
            || !ScramAttributes.TryRead(attributes[1], 'r', out var nonce) || !ScramAttributes.IsNonce(nonce)
            || !attributes[2..^1].All(ScramAttributes.IsExtension)
            || !ScramAttributes.TryReadOctets(attributes[^1], 'p', out var proof) || proof.Length != ScramKeys.KeyLength)
        {
            return false;
        }

        message = new ScramClientFinal(text[..text.LastIndexOf(',')], binding, nonce, proof);
        return true;
    }
}

/// <summary>Attributes: a letter, an equals sign, a value.</summary>
internal static class ScramAttributes
{
    private const int MaximumNonce = 1024;
    private static readonly SearchValues<char> s_printable = SearchValues.Create([.. Enumerable.Range(0x21, 0x7F - 0x21).Select(c => (char)c).Where(c => c != ',')]);

    /// <summary>The value of an attribute that must be of that name, and not be empty.</summary>
    public static bool TryRead(string attribute, char name, out string value)
    {
        var isGood = attribute.Length > 2 && attribute[0] == name && attribute[1] == '=';
        value = isGood ? attribute[2..] : "";
        return isGood;
    }

    /// <summary>A value in base64.</summary>
    public static bool TryReadOctets(string attribute, char name, [NotNullWhen(true)] out byte[]? octets)
    {
        octets = null;
        return TryRead(attribute, name, out var value) && Ascii.IsValid(value) && SaslBase64.TryDecode(Encoding.ASCII.GetBytes(value), out octets);
    }

    /// <summary>Printable ASCII without commas (RFC 5802 §7).</summary>
    public static bool IsNonce(string text) => text.Length is > 0 and <= MaximumNonce && !text.AsSpan().ContainsAnyExcept(s_printable);

    /// <summary>An attribute of some later standard, which may be overlooked.</summary>
    public static bool IsExtension(string attribute)
        => attribute.Length > 2 && char.IsAsciiLetter(attribute[0]) && attribute[0] != 'm' && attribute[1] == '=' && !attribute.Contains('\0', StringComparison.Ordinal);
}
