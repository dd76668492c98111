namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>Where a client session is: what the next reply of the peer will answer.</summary>
public enum SmtpClientStage
{
    /// <summary>Connected; the peer has yet to greet.</summary>
    Greeting,

    /// <summary>EHLO, or LHLO, was sent.</summary>
    Ehlo,

    /// <summary>HELO was sent, EHLO having been refused.</summary>
    Helo,

    /// <summary>STARTTLS was sent.</summary>
    StartTls,

    /// <summary>The peer agreed to TLS: the handshake is under way.</summary>
    TlsHandshake,

    /// <summary>A transaction may begin.</summary>
    Ready,

    /// <summary>RSET was sent.</summary>
    Reset,

    /// <summary>MAIL was sent.</summary>
    Mail,

    /// <summary>RCPT was sent.</summary>
    Recipient,

    /// <summary>DATA was sent.</summary>
    Data,

    /// <summary>The content is being sent; a reply now is an early one.</summary>
    Content,

    /// <summary>The final dot was sent; the outcome is not known until the peer replies.</summary>
    FinalDot,

    /// <summary>An empty message was sent, only to leave DATA: it has no recipients.</summary>
    EmptyDot,

    /// <summary>QUIT was sent.</summary>
    Quit,

    /// <summary>The session is over.</summary>
    Closed,
}

/// <summary>What a client session wants done next.</summary>
public enum SmtpClientStep
{
    /// <summary>Read a reply and give it to <see cref="SmtpClientSession.OnReply"/>.</summary>
    AwaitReply,

    /// <summary>Flush the commands that were written, then as <see cref="AwaitReply"/>.</summary>
    Send,

    /// <summary>Do the TLS handshake, then call <see cref="SmtpClientSession.OnTlsEstablished"/>. Octets that came before it are an attack.</summary>
    StartTls,

    /// <summary>The session is open: call <see cref="SmtpClientSession.Begin"/> or <see cref="SmtpClientSession.Quit"/>.</summary>
    Ready,

    /// <summary>Send the content and its final dot, then call <see cref="SmtpClientSession.OnContentSent"/>.</summary>
    SendContent,

    /// <summary>The transaction is over: all outcomes are known, and the session takes another one.</summary>
    Done,

    /// <summary>The session is over: close the connection. If a transaction was open, all its outcomes are known.</summary>
    Closed,
}
