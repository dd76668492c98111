namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>
/// The text of every constant reply of the server, in the order of their codes. Nothing here tells a client about our insides.
/// </summary>
public static class ServerReplies
{
    /// <summary>No reply: what follows gives one.</summary>
    public static WireReply Silence { get; } = WireReply.Nothing;

    /// <summary>To HELP.</summary>
    public static WireReply Help { get; } = Make(214, 2, 0, 0, "See RFC 5321");

    /// <summary>To STARTTLS: the handshake may begin.</summary>
    public static WireReply ReadyForTls { get; } = Make(220, 2, 0, 0, "Ready to start TLS");

    /// <summary>To QUIT.</summary>
    public static WireReply Bye { get; } = Make(221, 2, 0, 0, "Bye");

    /// <summary>To AUTH.</summary>
    public static WireReply Authenticated { get; } = Make(235, 2, 7, 0, "Authentication successful");

    /// <summary>To NOOP and RSET.</summary>
    public static WireReply Ok { get; } = Make(250, 2, 0, 0, "Ok");

    /// <summary>To MAIL.</summary>
    public static WireReply SenderOk { get; } = Make(250, 2, 1, 0, "Sender ok");

    /// <summary>To RCPT.</summary>
    public static WireReply RecipientOk { get; } = Make(250, 2, 1, 5, "Recipient ok");

    /// <summary>To ETRN.</summary>
    public static WireReply QueueRunStarted { get; } = Make(250, 2, 0, 0, "Queuing for the node started");

    /// <summary>To VRFY: names are not disclosed (RFC 5321 §7.3).</summary>
    public static WireReply CannotVerify { get; } = Make(252, 2, 1, 5, "Cannot verify; send mail and delivery will be tried");

    /// <summary>To DATA.</summary>
    public static WireReply StartMailInput { get; } = new(new SmtpReply(354, null, "End data with <CR><LF>.<CR><LF>"));

    /// <summary>The node is draining.</summary>
    public static WireReply ShuttingDown { get; } = Make(421, 4, 3, 2, "Service is shutting down, try again");

    /// <summary>Nothing came for too long.</summary>
    public static WireReply TimedOut { get; } = Make(421, 4, 4, 2, "Time-out, closing");

    /// <summary>The session made too many errors.</summary>
    public static WireReply TooManyErrors { get; } = Make(421, 4, 7, 0, "Too many errors, closing");

    /// <summary>The session has had its share of messages.</summary>
    public static WireReply TooManyMessages { get; } = Make(421, 4, 7, 0, "Too many messages in this session, closing");

    /// <summary>The client or the user has sent as much as it may for now.</summary>
    public static WireReply RateExceeded { get; } = Make(450, 4, 7, 1, "Rate limit exceeded, try again later");

    /// <summary>The store or the queue failed: the message was not kept.</summary>
    public static WireReply StorageFailed { get; } = Make(451, 4, 3, 0, "Temporary failure, message not accepted");

    /// <summary>Nothing can be made durable now.</summary>
    public static WireReply StoreUnavailable { get; } = Make(451, 4, 3, 0, "Mail cannot be stored now, try again later");

    /// <summary>The users cannot be looked up now (RFC 4954 §6).</summary>
    public static WireReply AuthUnavailable { get; } = Make(454, 4, 7, 0, "Temporary authentication failure");

    /// <summary>ETRN of a queue that cannot be run now.</summary>
    public static WireReply CannotRunQueue { get; } = Make(458, 4, 3, 0, "Unable to queue messages for the node");

    /// <summary>ETRN for a domain that this client may not have.</summary>
    public static WireReply QueueRunDenied { get; } = Make(459, 4, 7, 1, "Node not allowed");

    /// <summary>RFC 5321 §4.5.3.1.10: the rest may be sent in another transaction.</summary>
    public static WireReply TooManyRecipients { get; } = Make(452, 4, 5, 3, "Too many recipients");

    /// <summary>An empty line or an unknown verb.</summary>
    public static WireReply UnknownCommand { get; } = Make(500, 5, 5, 2, "Command not recognised");

    /// <summary>A control character in a command line.</summary>
    public static WireReply BadCharacter { get; } = Make(500, 5, 5, 2, "Control character in command");

    /// <summary>A command line over the limit (RFC 5321 §4.5.3.1.4).</summary>
    public static WireReply LineTooLong { get; } = Make(500, 5, 5, 6, "Command line too long");

    /// <summary>Arguments that are missing, or given where there may be none.</summary>
    public static WireReply BadArguments { get; } = Make(501, 5, 5, 4, "Syntax error in arguments");

    /// <summary>What is not base64 (RFC 4954 §4).</summary>
    public static WireReply BadEncoding { get; } = Make(501, 5, 5, 2, "Cannot decode base64");

    /// <summary>AUTH that the client gave up with <c>*</c> (RFC 4954 §4).</summary>
    public static WireReply AuthCancelled { get; } = Make(501, 5, 0, 0, "Authentication cancelled");

    /// <summary>BDAT without a size, or with one that cannot be: what follows cannot be told from commands.</summary>
    public static WireReply BadChunk { get; } = Make(501, 5, 5, 4, "Syntax: BDAT size [LAST], closing");

    /// <summary>HOLDFOR or HOLDUNTIL past what is allowed (RFC 4865 §4).</summary>
    public static WireReply HoldTooLong { get; } = Make(501, 5, 5, 4, "Held for too long");

    /// <summary>A time of BY that is over, for a message that is to be returned then (RFC 2852 §4).</summary>
    public static WireReply DeliverByTooShort { get; } = Make(501, 5, 5, 4, "Deliver-by time is over");

    /// <summary>HELO or EHLO without a usable name.</summary>
    public static WireReply BadHelloName { get; } = Make(501, 5, 5, 4, "Syntax: HELO or EHLO, then a host name");

    /// <summary>MAIL without <c>FROM:&lt;…&gt;</c>.</summary>
    public static WireReply BadMailSyntax { get; } = Make(501, 5, 5, 4, "Syntax: MAIL FROM:<address>");

    /// <summary>RCPT without <c>TO:&lt;…&gt;</c>.</summary>
    public static WireReply BadRcptSyntax { get; } = Make(501, 5, 5, 4, "Syntax: RCPT TO:<address>");

    /// <summary>A parameter that is known, with a value that is not.</summary>
    public static WireReply BadParameterValue { get; } = Make(501, 5, 5, 4, "Bad or repeated parameter");

    /// <summary>A recipient that is no address.</summary>
    public static WireReply BadRecipient { get; } = Make(501, 5, 1, 3, "Bad recipient address syntax");

    /// <summary>A sender that is no address.</summary>
    public static WireReply BadSender { get; } = Make(501, 5, 1, 7, "Bad sender address syntax");

    /// <summary>A recipient over the lengths of RFC 5321 §4.5.3.1.</summary>
    public static WireReply RecipientTooLong { get; } = Make(501, 5, 1, 3, "Recipient address too long");

    /// <summary>A sender over the lengths of RFC 5321 §4.5.3.1.</summary>
    public static WireReply SenderTooLong { get; } = Make(501, 5, 1, 7, "Sender address too long");

    /// <summary>A verb of RFC 5321 or an extension that this server does not offer.</summary>
    public static WireReply NotImplemented { get; } = Make(502, 5, 5, 1, "Command not implemented");

    /// <summary>A transaction needs EHLO or HELO first.</summary>
    public static WireReply HelloFirst { get; } = Make(503, 5, 5, 1, "Say EHLO or HELO first");

    /// <summary>STARTTLS within TLS.</summary>
    public static WireReply AlreadySecure { get; } = Make(503, 5, 5, 1, "TLS is active");

    /// <summary>AUTH a second time (RFC 4954 §4).</summary>
    public static WireReply AlreadyAuthenticated { get; } = Make(503, 5, 5, 1, "Already authenticated");

    /// <summary>A command that may not stand within a transaction.</summary>
    public static WireReply NotInTransaction { get; } = Make(503, 5, 5, 1, "Not within a mail transaction");

    /// <summary>DATA for BODY=BINARYMIME (RFC 3030 §3), or after BDAT (§4.2).</summary>
    public static WireReply OnlyChunks { get; } = Make(503, 5, 5, 1, "Use BDAT");

    /// <summary>RCPT or DATA without MAIL.</summary>
    public static WireReply MailFirst { get; } = Make(503, 5, 5, 1, "Need MAIL first");

    /// <summary>DATA without a recipient that was accepted.</summary>
    public static WireReply NoRecipients { get; } = Make(503, 5, 5, 1, "No valid recipients");

    /// <summary>MAIL within a transaction.</summary>
    public static WireReply NestedMail { get; } = Make(503, 5, 5, 1, "Sender already given");

    /// <summary>A SASL mechanism that is not offered (RFC 4954 §4).</summary>
    public static WireReply UnknownMechanism { get; } = Make(504, 5, 5, 4, "Mechanism not offered");

    /// <summary>A lone LF among the commands.</summary>
    public static WireReply BareLineFeed { get; } = Make(521, 5, 5, 2, "Lines must end with <CR><LF>, closing");

    /// <summary>MAIL before STARTTLS where TLS is wanted (RFC 3207 §4).</summary>
    public static WireReply TlsFirst { get; } = Make(530, 5, 7, 0, "Must issue a STARTTLS command first");

    /// <summary>MAIL before AUTH where that is wanted (RFC 4954 §6).</summary>
    public static WireReply AuthFirst { get; } = Make(530, 5, 7, 0, "Authentication required");

    /// <summary>A name or a secret that is wrong; which, is not said (RFC 4954 §6).</summary>
    public static WireReply BadCredentials { get; } = Make(535, 5, 7, 8, "Authentication credentials invalid");

    /// <summary>AUTH in the clear (RFC 4954 §6).</summary>
    public static WireReply AuthNeedsTls { get; } = Make(538, 5, 7, 11, "Encryption required for authentication");

    /// <summary>A recipient at an address literal of no known kind.</summary>
    public static WireReply UnroutableRecipient { get; } = Make(550, 5, 1, 2, "Address literal cannot be routed");

    /// <summary>A sender at an address literal of no known kind.</summary>
    public static WireReply UnroutableSender { get; } = Make(550, 5, 1, 8, "Address literal cannot be routed");

    /// <summary>XCLIENT or XFORWARD of a client that is not trusted.</summary>
    public static WireReply NotTrusted { get; } = Make(550, 5, 7, 1, "Not authorised");

    /// <summary>This client may not send to that recipient through this server.</summary>
    public static WireReply RelayDenied { get; } = Make(550, 5, 7, 1, "Relaying denied");

    /// <summary>The message is over the size limit (RFC 1870 §6).</summary>
    public static WireReply MessageTooBig { get; } = Make(552, 5, 3, 4, "Message too big");

    /// <summary>A local part in UTF-8 without SMTPUTF8 (RFC 6531 §3.5).</summary>
    public static WireReply NonAsciiAddress { get; } = Make(553, 5, 6, 7, "Non-ASCII addresses need SMTPUTF8");

    /// <summary>The message has passed through too many hosts (RFC 5321 §6.3).</summary>
    public static WireReply MailLoop { get; } = Make(554, 5, 4, 6, "Too many hops, mail loop");

    /// <summary>The content holds a CR or an LF by itself (RFC 5321 §2.3.8).</summary>
    public static WireReply BareLineEnd { get; } = Make(554, 5, 6, 0, "Message holds a bare <CR> or <LF>");

    /// <summary>The content holds a NUL (RFC 5321 §4.5.2 forbids it to us as RFC 5322 does to the author).</summary>
    public static WireReply NulOctet { get; } = Make(554, 5, 6, 0, "Message holds a NUL octet");

    /// <summary>The content holds a line over the limit.</summary>
    public static WireReply ContentLineTooLong { get; } = Make(554, 5, 6, 0, "Message holds a line that is too long");

    /// <summary>A parameter that no offered extension defines (RFC 5321 §4.1.1.11).</summary>
    public static WireReply UnknownParameter { get; } = Make(555, 5, 5, 4, "Parameter not recognised");

    private static WireReply Make(int code, int @class, int subject, int detail, string text) =>
        new(new SmtpReply(code, new EnhancedStatusCode(@class, subject, detail), text));
}
