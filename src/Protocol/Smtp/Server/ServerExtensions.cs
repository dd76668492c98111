namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>The service extensions that a server may offer. PIPELINING, SIZE, 8BITMIME and ENHANCEDSTATUSCODES are always there.</summary>
[Flags]
public enum ServerExtensions
{
    /// <summary>None beyond those that are always there.</summary>
    None = 0,

    /// <summary>CHUNKING (RFC 3030).</summary>
    Chunking = 1,

    /// <summary>BINARYMIME (RFC 3030); needs CHUNKING.</summary>
    BinaryMime = 1 << 1,

    /// <summary>SMTPUTF8 (RFC 6531).</summary>
    SmtpUtf8 = 1 << 2,

    /// <summary>DSN (RFC 3461).</summary>
    Dsn = 1 << 3,

    /// <summary>STARTTLS (RFC 3207).</summary>
    StartTls = 1 << 4,

    /// <summary>AUTH (RFC 4954).</summary>
    Auth = 1 << 5,

    /// <summary>REQUIRETLS (RFC 8689).</summary>
    RequireTls = 1 << 6,

    /// <summary>DELIVERBY (RFC 2852).</summary>
    DeliverBy = 1 << 7,

    /// <summary>FUTURERELEASE (RFC 4865).</summary>
    FutureRelease = 1 << 8,

    /// <summary>MT-PRIORITY (RFC 6710).</summary>
    MtPriority = 1 << 9,

    /// <summary>LIMITS (RFC 9422).</summary>
    Limits = 1 << 10,

    /// <summary>ETRN (RFC 1985).</summary>
    Etrn = 1 << 11,

    /// <summary>XCLIENT, as Postfix has it.</summary>
    XClient = 1 << 12,

    /// <summary>XFORWARD, as Postfix has it.</summary>
    XForward = 1 << 13,

    /// <summary>What asks for nothing but this program.</summary>
    Standard = Chunking | BinaryMime | SmtpUtf8 | Dsn | RequireTls | DeliverBy | MtPriority | Limits,
}
