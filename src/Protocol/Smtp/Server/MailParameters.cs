namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>The BY parameter of MAIL as it was given (RFC 2852 §4).</summary>
/// <param name="Seconds">From now on; negative when the time is over already.</param>
/// <param name="Mode">What happens then.</param>
/// <param name="Trace">T was given.</param>
public readonly record struct DeliverByParameter(long Seconds, DeliverByMode Mode, bool Trace);

/// <summary>The parameters of MAIL, as they were given.</summary>
/// <param name="Size">SIZE: what the client thinks the message has in octets (RFC 1870 §4), or null. A value past 63 bits reads as the
/// largest.</param>
/// <param name="Body">BODY.</param>
public sealed record MailParameters(long? Size, MailBodyType Body)
{
    /// <summary>No parameter was given.</summary>
    public static MailParameters None { get; } = new(null, MailBodyType.SevenBit);

    /// <summary>Whether BODY was given.</summary>
    public bool HasBody { get; init; }

    /// <summary>SMTPUTF8 (RFC 6531 §3.4).</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>REQUIRETLS (RFC 8689 §2).</summary>
    public bool RequireTls { get; init; }

    /// <summary>RET (RFC 3461 §4.3).</summary>
    public DsnReturn Return { get; init; }

    /// <summary>ENVID (RFC 3461 §4.4), decoded.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>BY.</summary>
    public DeliverByParameter? By { get; init; }

    /// <summary>HOLDFOR: seconds (RFC 4865 §4).</summary>
    public long? HoldForSeconds { get; init; }

    /// <summary>HOLDUNTIL (RFC 4865 §4).</summary>
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>MT-PRIORITY, from -9 to 9 (RFC 6710 §4).</summary>
    public int? Priority { get; init; }

    /// <summary>Whether AUTH was given (RFC 4954 §5). Whom it names is not believed.</summary>
    public bool NamesAuthor { get; init; }

    /// <summary>The extensions that define what was given.</summary>
    public ServerExtensions Needed =>
        (Body == MailBodyType.BinaryMime ? ServerExtensions.BinaryMime : ServerExtensions.None)
        | (SmtpUtf8 ? ServerExtensions.SmtpUtf8 : ServerExtensions.None)
        | (RequireTls ? ServerExtensions.RequireTls : ServerExtensions.None)
        | (Return != DsnReturn.Unspecified || EnvelopeId is not null ? ServerExtensions.Dsn : ServerExtensions.None)
        | (By is not null ? ServerExtensions.DeliverBy : ServerExtensions.None)
        | (HoldForSeconds is not null || HoldUntil is not null ? ServerExtensions.FutureRelease : ServerExtensions.None)
        | (Priority is not null ? ServerExtensions.MtPriority : ServerExtensions.None);

    /// <summary>What they ask for, of a message that was received at <paramref name="receivedAt"/>.</summary>
    public MailOptions ToOptions(DateTimeOffset receivedAt) => this == None || (Needed == ServerExtensions.None && Body == MailBodyType.SevenBit)
        ? MailOptions.None
        : new MailOptions
        {
            Body = Body,
            SmtpUtf8 = SmtpUtf8,
            RequireTls = RequireTls,
            Return = Return,
            EnvelopeId = EnvelopeId,
            DeliverBy = By is { } by ? new DeliverBy(receivedAt.AddSeconds(by.Seconds), by.Mode, by.Trace) : null,
            HoldUntil = HoldUntil ?? (HoldForSeconds is { } hold ? receivedAt.AddSeconds(hold) : null),
            Priority = Priority ?? 0,
        };
}
