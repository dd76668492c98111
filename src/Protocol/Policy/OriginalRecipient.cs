using System.Text;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Policy;

/// <summary>The value of ORCPT that names a mailbox (RFC 3461 §4.2, RFC 6533 §3).</summary>
public static class OriginalRecipient
{
    /// <summary>
    /// <c>rfc822;</c> and the mailbox in xtext, or <c>utf-8;</c> and the mailbox as utf-8-addr-xtext if it is not ASCII. Printable ASCII in
    /// both cases, so that it can travel whatever the next hop offers.
    /// </summary>
    public static string Of(Mailbox mailbox)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        var wire = mailbox.ToString();
        return mailbox.IsAscii ? "rfc822;" + XText.Encode(Encoding.ASCII.GetBytes(wire)) : "utf-8;" + Utf8Address.Encode(wire);
    }
}
