namespace MtaCluster.Protocol.Smtp;

/// <summary>How the content of a message is encoded (the BODY parameter; RFC 6152 §2, RFC 3030 §3).</summary>
public enum MailBodyType
{
    /// <summary>BODY=7BIT, or no BODY.</summary>
    SevenBit,

    /// <summary>BODY=8BITMIME: lines of octets.</summary>
    EightBitMime,

    /// <summary>BODY=BINARYMIME: octets without lines; may only travel by BDAT.</summary>
    BinaryMime,
}

/// <summary>What of the message a failure report is to hold (the RET parameter; RFC 3461 §4.3).</summary>
public enum DsnReturn
{
    /// <summary>The sender did not say.</summary>
    Unspecified,

    /// <summary>RET=FULL: all of it.</summary>
    Full,

    /// <summary>RET=HDRS: its header section.</summary>
    Headers,
}

/// <summary>What is to be done once the time of DELIVERBY is over (RFC 2852 §4).</summary>
public enum DeliverByMode
{
    /// <summary>N: go on, and tell the sender of the delay.</summary>
    Notify,

    /// <summary>R: give up, and return the message.</summary>
    Return,
}

/// <summary>The time within which a message is to be delivered (RFC 2852).</summary>
/// <param name="At">When it is over.</param>
/// <param name="Mode">What happens then.</param>
/// <param name="Trace">Relays are to be reported (T).</param>
public sealed record DeliverBy(DateTimeOffset At, DeliverByMode Mode, bool Trace);

/// <summary>What the parameters of MAIL ask for beyond the reverse-path. It is kept with the message for its whole life.</summary>
public sealed record MailOptions
{
    /// <summary>Nothing was asked for.</summary>
    public static MailOptions None { get; } = new();

    /// <summary>BODY.</summary>
    public MailBodyType Body { get; init; }

    /// <summary>SMTPUTF8 (RFC 6531): the header section or an address may hold UTF-8.</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>REQUIRETLS (RFC 8689): relay over verified TLS only, or bounce.</summary>
    public bool RequireTls { get; init; }

    /// <summary>RET.</summary>
    public DsnReturn Return { get; init; }

    /// <summary>ENVID (RFC 3461 §4.4), decoded from xtext: printable ASCII of at most 100 characters; null for none.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>BY (RFC 2852), null for none.</summary>
    public DeliverBy? DeliverBy { get; init; }

    /// <summary>HOLDFOR or HOLDUNTIL (RFC 4865): no attempt before this; null for none.</summary>
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>MT-PRIORITY (RFC 6710), from -9 to 9.</summary>
    public int Priority { get; init; }
}

/// <summary>Of what a sender wants reports (the NOTIFY parameter; RFC 3461 §4.1).</summary>
[Flags]
public enum DsnNotify
{
    /// <summary>The sender did not say: failures, and delays as we see fit.</summary>
    Unspecified = 0,

    /// <summary>Nothing, not even failures.</summary>
    Never = 1,

    /// <summary>Delivery.</summary>
    Success = 2,

    /// <summary>Failure.</summary>
    Failure = 4,

    /// <summary>Delay.</summary>
    Delay = 8,
}

/// <summary>What the parameters of RCPT ask for beyond the forward-path. It is kept with the recipient for its whole life.</summary>
public sealed record RecipientOptions
{
    /// <summary>Nothing was asked for.</summary>
    public static RecipientOptions None { get; } = new();

    /// <summary>NOTIFY.</summary>
    public DsnNotify Notify { get; init; }

    /// <summary>ORCPT (RFC 3461 §4.2, RFC 6533): type and address as given, <c>rfc822;…</c>, the address still in xtext; null for none.</summary>
    public string? OriginalRecipient { get; init; }
}
