using System.Buffers;
using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>
/// One session of the SMTP or LMTP client, without its I/O: it takes the replies of the peer, writes commands into a buffer and says
/// what to do next. It knows neither sockets nor clock, never throws on what a peer says, and accepts any reply at any stage.
/// </summary>
/// <remarks>
/// <code>
/// Greeting ─220─► Ehlo ─250─► [StartTls ─220─► TlsHandshake ─► Ehlo ─250─►] Ready
///                  └5xx─► Helo ─250──────────────────────────────────────────► Ready
/// Ready ─Begin─► [Reset ─►] Mail ─► Recipient… ─► Data ─► Content ─► FinalDot… ─► Ready
/// Ready ─Quit─► Quit ─► Closed
/// </code>
/// Each arrow of a transaction can lead back to Ready (refused) and every state to Closed (421, nonsense, <see cref="Abort"/>). With
/// PIPELINING the commands from RSET to DATA go out in one write (RFC 2920), in groups of at most <see cref="MaximumGroup"/> recipients
/// so that neither side can block the other with replies that are not read; the states are passed through in the same order.
/// RSET is sent only after a transaction that ended between MAIL and the final dot. Content that is binary goes by BDAT (RFC 3030), in one chunk
/// behind the replies to RCPT; that the server takes content as it is (8BITMIME, BINARYMIME) is for the caller to see to.
/// </remarks>
public sealed partial class SmtpClientSession(SmtpClientOptions options)
{
    private bool _secure;
    private bool _isPeerVerified;

    /// <summary>What the next reply will answer.</summary>
    public SmtpClientStage Stage { get; private set; } = SmtpClientStage.Greeting;

    /// <summary>What the peer offers, by its last reply to EHLO.</summary>
    public SmtpCapabilities Capabilities { get; private set; }

    /// <summary>The text of the greeting; empty before.</summary>
    public string Greeting { get; private set; } = string.Empty;

    /// <summary>Why the session is <see cref="SmtpClientStage.Closed"/>.</summary>
    public RecipientOutcome? Failure { get; private set; }

    /// <summary>Takes a reply of the peer; writes the commands that follow from it.</summary>
    public SmtpClientStep OnReply(SmtpReply reply, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(reply);
        ArgumentNullException.ThrowIfNull(output);
        if (reply.Code == 421 && Stage is not (SmtpClientStage.Quit or SmtpClientStage.Closed))
        {
            return Close(ReplyClassification.Classify(Stage, reply));
        }

        TransactionAnswered = true;
        return Stage switch
        {
            SmtpClientStage.Greeting => OnGreeting(reply, output),
            SmtpClientStage.Ehlo => OnEhlo(reply, output),
            SmtpClientStage.Helo => IsDone(reply) ? Become(SmtpClientStage.Ready, SmtpClientStep.Ready) : Refused(reply),
            SmtpClientStage.StartTls => OnStartTls(reply),
            SmtpClientStage.Reset => OnReset(reply, output),
            SmtpClientStage.Mail => OnMail(reply, output),
            SmtpClientStage.Recipient => OnRecipient(reply, output),
            SmtpClientStage.Data => OnData(reply, output),
            SmtpClientStage.Content => OnEarlyReply(reply),
            SmtpClientStage.FinalDot => OnFinalReply(reply),
            SmtpClientStage.EmptyDot => Finish(stillOpen: false),
            SmtpClientStage.Quit => Become(SmtpClientStage.Closed, SmtpClientStep.Closed),
            _ => Unsolicited(reply),
        };
    }

    /// <summary>The handshake is done: forgets all that was said in clear text (RFC 3207 §4.2) and begins again with EHLO.</summary>
    /// <param name="isPeerVerified">The certificate is one for the peer's name, from an authority that we trust.</param>
    /// <param name="output">Takes commands.</param>
    public SmtpClientStep OnTlsEstablished(bool isPeerVerified, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _secure = true;
        _isPeerVerified = isPeerVerified;
        Capabilities = default;
        return SayHello(output);
    }

    /// <summary>Ends the session politely.</summary>
    public SmtpClientStep Quit(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write("QUIT\r\n"u8);
        return Become(SmtpClientStage.Quit, SmtpClientStep.Send);
    }

    /// <summary>Ends the session because of something that happened outside it; recipients without an outcome get <paramref name="failure"/>.</summary>
    public SmtpClientStep Abort(RecipientOutcome failure) => Close(failure);

    private bool IsPipelining => Capabilities.Has(SmtpExtensions.Pipelining);

    private static bool IsDone(SmtpReply reply) => reply.Code is >= 200 and < 300;

    private SmtpClientStep OnGreeting(SmtpReply reply, IBufferWriter<byte> output)
    {
        Greeting = reply.Text;
        return IsDone(reply) ? SayHello(output) : Refused(reply);
    }

    private SmtpClientStep SayHello(IBufferWriter<byte> output)
    {
        SmtpCommandWriter.Hello(output, options.Lmtp ? "LHLO "u8 : "EHLO "u8, options.Hostname);
        return Become(SmtpClientStage.Ehlo, SmtpClientStep.Send);
    }

    private SmtpClientStep OnEhlo(SmtpReply reply, IBufferWriter<byte> output)
    {
        if (reply.IsPermanent && !options.Lmtp)
        {
            SmtpCommandWriter.Hello(output, "HELO "u8, options.Hostname);
            return Become(SmtpClientStage.Helo, SmtpClientStep.Send);
        }

        if (!IsDone(reply))
        {
            return Refused(reply);
        }

        Capabilities = SmtpCapabilities.Parse(reply);
        if (options.StartTls && !_secure && Capabilities.Has(SmtpExtensions.StartTls))
        {
            output.Write("STARTTLS\r\n"u8);
            return Become(SmtpClientStage.StartTls, SmtpClientStep.Send);
        }

        return Become(SmtpClientStage.Ready, SmtpClientStep.Ready);
    }

    private SmtpClientStep OnStartTls(SmtpReply reply) => reply switch
    {
        _ when IsDone(reply) => Become(SmtpClientStage.TlsHandshake, SmtpClientStep.StartTls),
        { IsTransient: true } or { IsPermanent: true } => Become(SmtpClientStage.Ready, SmtpClientStep.Ready),
        _ => Refused(reply),
    };

    private SmtpClientStep Refused(SmtpReply reply) => Close(ReplyClassification.Classify(Stage, reply));

    private SmtpClientStep Unsolicited(SmtpReply reply) => Close(ProtocolError($"unexpected reply {Stage.Describe()}: {reply}"));

    private SmtpClientStep Close(RecipientOutcome failure)
    {
        FillOutcomes(_mailRefusal ?? failure);
        Failure ??= failure;
        return Become(SmtpClientStage.Closed, SmtpClientStep.Closed);
    }

    private static RecipientOutcome ProtocolError(string what) =>
        new(OutcomeKind.Deferred, FailureScope.Session, LocalReply.ProtocolError(what));

    private SmtpClientStep Become(SmtpClientStage stage, SmtpClientStep step)
    {
        Stage = stage;
        return step;
    }
}
