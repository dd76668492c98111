using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Protocol.Delivery;

/// <summary>The stages of a session in words, for replies that operators and senders read.</summary>
public static class SmtpClientStageText
{
    /// <summary>For instance "in reply to MAIL".</summary>
    public static string Describe(this SmtpClientStage stage) => stage switch
    {
        SmtpClientStage.Greeting => "before the greeting",
        SmtpClientStage.Ehlo => "in reply to EHLO",
        SmtpClientStage.Helo => "in reply to HELO",
        SmtpClientStage.StartTls => "in reply to STARTTLS",
        SmtpClientStage.TlsHandshake => "in the TLS handshake",
        SmtpClientStage.Ready => "between transactions",
        SmtpClientStage.Reset => "in reply to RSET",
        SmtpClientStage.Mail => "in reply to MAIL",
        SmtpClientStage.Recipient => "in reply to RCPT",
        SmtpClientStage.Data => "in reply to DATA",
        SmtpClientStage.Content => "while the message was being sent",
        SmtpClientStage.FinalDot => "after the final dot, so that it is unknown whether the message was taken",
        SmtpClientStage.EmptyDot => "after an empty message",
        SmtpClientStage.Quit => "in reply to QUIT",
        _ => "after the end of the session",
    };
}
