using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>One command of a client (RFC 5321 §4.1.1): a closed sum, made by <see cref="SmtpCommandParser"/>.</summary>
public abstract record SmtpCommand
{
    private SmtpCommand()
    {
    }

    /// <summary>EHLO, HELO or LHLO.</summary>
    /// <param name="Extended">Whether it was EHLO or LHLO.</param>
    /// <param name="Name">What the client calls itself: 1 to 255 characters out of letters, digits, <c>.-_?</c>, or an address
    /// literal.</param>
    public sealed record Hello(bool Extended, string Name) : SmtpCommand
    {
        /// <summary>Whether it was LHLO (RFC 2033 §4.1).</summary>
        public bool IsLmtp { get; init; }
    }

    /// <summary>MAIL: begins a transaction.</summary>
    public sealed record Mail(ReversePath Path, MailParameters Parameters) : SmtpCommand;

    /// <summary>RCPT: adds a recipient.</summary>
    public sealed record Rcpt(ForwardPath Path, RecipientOptions Options) : SmtpCommand;

    /// <summary>BDAT: <paramref name="Size"/> octets of content follow the line (RFC 3030 §2).</summary>
    public sealed record Bdat(long Size, bool IsLast) : SmtpCommand;

    /// <summary>AUTH (RFC 4954 §4).</summary>
    /// <param name="Mechanism">In upper case.</param>
    /// <param name="InitialResponse">What came with the command, decoded; null for nothing.</param>
    public sealed record Auth(string Mechanism, ReadOnlyMemory<byte>? InitialResponse) : SmtpCommand
    {
        // What it holds is a secret.
        protected override bool PrintMembers(System.Text.StringBuilder builder)
        {
            builder.Append(Mechanism);
            return true;
        }
    }

    /// <summary>ETRN (RFC 1985).</summary>
    /// <param name="Domain">In canonical form.</param>
    /// <param name="WithSubdomains">Whether it was given as <c>@domain</c>.</param>
    public sealed record Etrn(string Domain, bool WithSubdomains) : SmtpCommand;

    /// <summary>XCLIENT: a trusted peer says for whom it speaks.</summary>
    public sealed record XClient(ClientAttributes Attributes) : SmtpCommand;

    /// <summary>XFORWARD: a trusted peer says where the next message came from, for the logs.</summary>
    public sealed record XForward(ClientAttributes Attributes) : SmtpCommand;

    /// <summary>A command that carries nothing.</summary>
    public sealed record Simple(SimpleVerb Verb) : SmtpCommand;

    /// <summary>A line that is no command, with the reply that says why.</summary>
    /// <param name="Reply">The reply.</param>
    /// <param name="IsMail">Whether it was meant as MAIL: then what is pipelined behind it fails with it.</param>
    public sealed record Malformed(WireReply Reply, bool IsMail = false) : SmtpCommand
    {
        /// <summary>Whether what follows it cannot be told from content: the session must end.</summary>
        public bool IsFatal { get; init; }
    }
}

/// <summary>The commands whose arguments, if any, mean nothing to us.</summary>
public enum SimpleVerb
{
    /// <summary>DATA.</summary>
    Data,

    /// <summary>RSET.</summary>
    Rset,

    /// <summary>NOOP.</summary>
    Noop,

    /// <summary>QUIT.</summary>
    Quit,

    /// <summary>VRFY.</summary>
    Vrfy,

    /// <summary>HELP.</summary>
    Help,

    /// <summary>STARTTLS (RFC 3207).</summary>
    StartTls,
}
