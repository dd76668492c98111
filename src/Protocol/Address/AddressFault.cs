namespace MtaCluster.Protocol.Address;

/// <summary>Why a text is no mailbox or path that this server can use.</summary>
public enum AddressFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>It does not follow the grammar of RFC 5321 §4.1.2 and §4.1.3.</summary>
    Syntax,

    /// <summary>It is longer than RFC 5321 §4.5.3.1 allows: local part 64, domain 255, path 256 octets; 63 octets a label.</summary>
    TooLong,

    /// <summary>The local part holds octets above 127, which needs SMTPUTF8 (RFC 6531).</summary>
    NonAsciiLocalPart,

    /// <summary>The domain holds octets above 127 that are no U-labels (RFC 5890), or no UTF-8 at all.</summary>
    BadInternationalDomain,

    /// <summary>A general address literal (RFC 5321 §4.1.3): well formed, but names no network that mail can be sent over.</summary>
    UnroutableLiteral,
}
