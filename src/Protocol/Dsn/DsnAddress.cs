using System.Text;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Dsn;

/// <summary>Addresses with their types, as the fields of a notification hold them (RFC 3464 §2.3.1, §2.3.2, RFC 6533 §3).</summary>
internal static class DsnAddress
{
    private const string Utf8Type = "utf-8";

    /// <summary>
    /// A mailbox. What is not ASCII stands as it is where UTF-8 may (utf-8-addr-unitext), and otherwise as utf-8-addr-xtext, which any program can carry.
    /// </summary>
    public static string Of(string mailbox, bool international)
        => Ascii.IsValid(mailbox) ? "rfc822; " + mailbox : $"{Utf8Type}; {(international ? mailbox : Utf8Address.Encode(mailbox))}";

    /// <summary>The value of ORCPT: its xtext decoded (RFC 3464 §2.3.1), or what it says in UTF-8 in the form that is fit here.</summary>
    public static string OfOriginal(string parameter, bool international)
    {
        var semicolon = parameter.IndexOf(';', StringComparison.Ordinal);
        if (semicolon < 0)
        {
            return "unknown; " + parameter;
        }

        var (type, address) = (parameter[..semicolon], parameter[(semicolon + 1)..]);
        if (type.Equals(Utf8Type, StringComparison.OrdinalIgnoreCase))
        {
            var text = Utf8Address.Decode(address);
            return $"{Utf8Type}; {(international ? text : Utf8Address.Encode(text))}";
        }

        return $"{type}; {(XText.TryDecode(Encoding.UTF8.GetBytes(address), out var octets) ? Encoding.UTF8.GetString(octets) : address)}";
    }
}
