using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>How far a session is.</summary>
public enum SmtpServerPhase
{
    /// <summary>Greeted; neither EHLO nor HELO has come.</summary>
    Connected,

    /// <summary>No transaction.</summary>
    Ready,

    /// <summary>MAIL was accepted; no recipient yet.</summary>
    Mail,

    /// <summary>At least one recipient was accepted.</summary>
    Recipients,

    /// <summary>At least one chunk of the message was taken (RFC 3030).</summary>
    Chunks,
}

/// <summary>The state of one session. Immutable; <see cref="SmtpServerSession.Step"/> makes the next one.</summary>
public sealed record SmtpServerState
{
    /// <summary>A new session.</summary>
    public static SmtpServerState Start { get; } = new();

    /// <summary>How far the session is.</summary>
    public SmtpServerPhase Phase { get; init; }

    /// <summary>Whether the connection is under TLS.</summary>
    public bool Secure { get; init; }

    /// <summary>Who the client has proved to be; null for nobody.</summary>
    public string? User { get; init; }

    /// <summary>What the client called itself, made harmless; empty before EHLO or HELO.</summary>
    public string HelloName { get; init; } = string.Empty;

    /// <summary>Whether the client said EHLO.</summary>
    public bool Extended { get; init; }

    /// <summary>Where the peer had the message from, by XFORWARD, until its transaction ends; null if it did not say.</summary>
    public ClientAttributes? Origin { get; init; }

    /// <summary>The reverse-path of the transaction.</summary>
    public ReversePath ReversePath { get; init; } = ReversePath.Null;

    /// <summary>The parameters of MAIL.</summary>
    public MailParameters MailParameters { get; init; } = MailParameters.None;

    /// <summary>The recipients that were accepted.</summary>
    public RecipientList Recipients { get; init; } = RecipientList.Empty;

    /// <summary>RCPT commands that were answered 250: with LMTP each has a reply of its own after the final dot (RFC 2033 §4.2).</summary>
    public int AcceptedRcpts { get; init; }

    /// <summary>Whether the last MAIL was refused: then the rest of its pipelined group fails through no fault of its own.</summary>
    public bool MailRefused { get; init; }

    /// <summary>Errors since the last message that was accepted.</summary>
    public int Errors { get; init; }

    /// <summary>Messages accepted.</summary>
    public int Messages { get; init; }

    /// <summary>Whether a transaction is under way.</summary>
    public bool InTransaction => Phase is SmtpServerPhase.Mail or SmtpServerPhase.Recipients or SmtpServerPhase.Chunks;
}
