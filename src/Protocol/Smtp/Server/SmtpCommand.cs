using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>The BODY parameter of MAIL (RFC 6152 §2).</summary>
public enum MailBodyType
{
    /// <summary>BODY=7BIT, or no BODY.</summary>
    SevenBit,

    /// <summary>BODY=8BITMIME.</summary>
    EightBitMime,
}

/// <summary>The parameters of MAIL that the offered extensions define.</summary>
/// <param name="Size">SIZE: what the client thinks the message has in octets (RFC 1870 §4), or null. A value past 63 bits reads as the
/// largest.</param>
/// <param name="Body">BODY.</param>
public sealed record MailParameters(long? Size, MailBodyType Body)
{
    /// <summary>No parameter was given.</summary>
    public static MailParameters None { get; } = new(null, MailBodyType.SevenBit);
}

/// <summary>One command of a client (RFC 5321 §4.1.1): a closed sum, made by <see cref="SmtpCommandParser"/>.</summary>
public abstract record SmtpCommand
{
    private SmtpCommand()
    {
    }

    /// <summary>EHLO or HELO.</summary>
    /// <param name="Extended">Whether it was EHLO.</param>
    /// <param name="Name">What the client calls itself: 1 to 255 characters out of letters, digits, <c>.-_?</c>, or an address
    /// literal.</param>
    public sealed record Hello(bool Extended, string Name) : SmtpCommand;

    /// <summary>MAIL: begins a transaction.</summary>
    public sealed record Mail(ReversePath Path, MailParameters Parameters) : SmtpCommand;

    /// <summary>RCPT: adds a recipient.</summary>
    public sealed record Rcpt(ForwardPath Path) : SmtpCommand;

    /// <summary>A command that carries nothing.</summary>
    public sealed record Simple(SimpleVerb Verb) : SmtpCommand;

    /// <summary>A line that is no command, with the reply that says why.</summary>
    /// <param name="Reply">The reply.</param>
    /// <param name="IsMail">Whether it was meant as MAIL: then what is pipelined behind it fails with it.</param>
    public sealed record Malformed(WireReply Reply, bool IsMail = false) : SmtpCommand;
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
}
