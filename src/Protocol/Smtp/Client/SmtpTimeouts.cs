namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>How long the client waits for its peer. The defaults are the minima of RFC 5321 §4.5.3.2.</summary>
public sealed record SmtpTimeouts
{
    /// <summary>From the connection to the end of the greeting (§4.5.3.2.1).</summary>
    public TimeSpan Greeting { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The reply to EHLO, HELO, LHLO, STARTTLS or RSET.</summary>
    public TimeSpan Ehlo { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The TLS handshake as a whole.</summary>
    public TimeSpan TlsHandshake { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The reply to MAIL (§4.5.3.2.2).</summary>
    public TimeSpan Mail { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The reply to one RCPT (§4.5.3.2.3).</summary>
    public TimeSpan Recipient { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The reply to DATA (§4.5.3.2.4).</summary>
    public TimeSpan DataInitiation { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For the peer to take one block of the content (§4.5.3.2.5).</summary>
    public TimeSpan DataBlock { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The reply to the final dot (§4.5.3.2.6). Shorter means duplicates (RFC 1047).</summary>
    public TimeSpan DataTermination { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The reply to QUIT: nothing depends on it any more.</summary>
    public TimeSpan Quit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The time-out that holds while the session is at <paramref name="stage"/>.</summary>
    public TimeSpan For(SmtpClientStage stage) => stage switch
    {
        SmtpClientStage.Greeting => Greeting,
        SmtpClientStage.TlsHandshake => TlsHandshake,
        SmtpClientStage.Mail => Mail,
        SmtpClientStage.Recipient => Recipient,
        SmtpClientStage.Data => DataInitiation,
        SmtpClientStage.Content => DataBlock,
        SmtpClientStage.FinalDot or SmtpClientStage.EmptyDot => DataTermination,
        SmtpClientStage.Quit => Quit,
        _ => Ehlo,
    };
}
