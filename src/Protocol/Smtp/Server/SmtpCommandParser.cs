using System.Buffers;
using System.Text;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>
/// Reads one command line (RFC 5321 §4.1.1). Total: whatever the octets, the answer is a command, if need be
/// <see cref="SmtpCommand.Malformed"/> with the reply to give.
/// </summary>
/// <remarks>
/// More is taken than the grammar has where real clients are sloppy and nothing is at risk: white space at the end of the line
/// (§4.1.1 asks for that) and after <c>FROM:</c> and <c>TO:</c>, and any host name in HELO and EHLO.
/// </remarks>
public static class SmtpCommandParser
{
    private const int MaximumHelloName = 255;

    private static readonly SearchValues<byte> s_controls = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    private static readonly SmtpCommand s_data = new SmtpCommand.Simple(SimpleVerb.Data);
    private static readonly SmtpCommand s_rset = new SmtpCommand.Simple(SimpleVerb.Rset);
    private static readonly SmtpCommand s_noop = new SmtpCommand.Simple(SimpleVerb.Noop);
    private static readonly SmtpCommand s_quit = new SmtpCommand.Simple(SimpleVerb.Quit);
    private static readonly SmtpCommand s_vrfy = new SmtpCommand.Simple(SimpleVerb.Vrfy);
    private static readonly SmtpCommand s_help = new SmtpCommand.Simple(SimpleVerb.Help);

    private static readonly SmtpCommand s_unknown = new SmtpCommand.Malformed(ServerReplies.UnknownCommand);
    private static readonly SmtpCommand s_badCharacter = new SmtpCommand.Malformed(ServerReplies.BadCharacter);
    private static readonly SmtpCommand s_badArguments = new SmtpCommand.Malformed(ServerReplies.BadArguments);
    private static readonly SmtpCommand s_notImplemented = new SmtpCommand.Malformed(ServerReplies.NotImplemented);

    /// <summary>Reads <paramref name="line"/>, which is without its CR LF.</summary>
    public static SmtpCommand Parse(ReadOnlySpan<byte> line)
    {
        if (line.ContainsAny(s_controls))
        {
            return s_badCharacter;
        }

        line = line.TrimEnd(" \t"u8);
        var end = line.IndexOfAny((byte)' ', (byte)'\t');
        var verb = end < 0 ? line : line[..end];
        var arguments = end < 0 ? [] : line[end..].TrimStart(" \t"u8);
        Span<byte> upper = stackalloc byte[8];
        if (verb.IsEmpty || verb.Length > upper.Length || !Ascii.IsValid(verb))
        {
            return s_unknown;
        }

        Ascii.ToUpper(verb, upper, out var length);
        return Dispatch(upper[..length], arguments);
    }

    private static SmtpCommand Dispatch(ReadOnlySpan<byte> verb, ReadOnlySpan<byte> arguments)
    {
        if (verb.Length != 4)
        {
            return verb.SequenceEqual("STARTTLS"u8) ? s_notImplemented : s_unknown;
        }

        return verb switch
        {
            _ when verb.SequenceEqual("RCPT"u8) => Rcpt(arguments),
            _ when verb.SequenceEqual("MAIL"u8) => Mail(arguments),
            _ when verb.SequenceEqual("DATA"u8) => Bare(s_data, arguments),
            _ when verb.SequenceEqual("EHLO"u8) => Hello(extended: true, arguments),
            _ when verb.SequenceEqual("HELO"u8) => Hello(extended: false, arguments),
            _ when verb.SequenceEqual("QUIT"u8) => Bare(s_quit, arguments),
            _ when verb.SequenceEqual("RSET"u8) => Bare(s_rset, arguments),
            _ when verb.SequenceEqual("NOOP"u8) => s_noop,
            _ when verb.SequenceEqual("VRFY"u8) => arguments.IsEmpty ? s_badArguments : s_vrfy,
            _ when verb.SequenceEqual("HELP"u8) => s_help,
            _ when IsKnown(verb) => s_notImplemented,
            _ => s_unknown,
        };
    }

    // Verbs of RFC 5321, RFC 3030, RFC 4954, RFC 1985 and RFC 821 that are not offered (§4.2.4: 502, not 500).
    private static bool IsKnown(ReadOnlySpan<byte> verb) =>
        verb.SequenceEqual("EXPN"u8) || verb.SequenceEqual("AUTH"u8) || verb.SequenceEqual("BDAT"u8) || verb.SequenceEqual("ETRN"u8)
        || verb.SequenceEqual("TURN"u8) || verb.SequenceEqual("SEND"u8) || verb.SequenceEqual("SOML"u8) || verb.SequenceEqual("SAML"u8);

    private static SmtpCommand Bare(SmtpCommand command, ReadOnlySpan<byte> arguments) => arguments.IsEmpty ? command : s_badArguments;

    private static SmtpCommand Hello(bool extended, ReadOnlySpan<byte> arguments)
    {
        if (arguments.IsEmpty || arguments.Length > MaximumHelloName)
        {
            return new SmtpCommand.Malformed(ServerReplies.BadHelloName);
        }

        if (arguments[0] == (byte)'[' && MailDomain.TryParse(arguments, out var literal))
        {
            return new SmtpCommand.Hello(extended, literal.Text);
        }

        // The name goes into a header field and into the logs: only what is harmless in both survives.
        var name = string.Create(arguments.Length, arguments, static (characters, octets) =>
        {
            for (var i = 0; i < characters.Length; i++)
            {
                var c = (char)octets[i];
                characters[i] = char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '?';
            }
        });
        return new SmtpCommand.Hello(extended, name);
    }

    private static SmtpCommand Mail(ReadOnlySpan<byte> arguments)
    {
        if (!TrySplitPath(arguments, "FROM:"u8, out var path, out var rest))
        {
            return new SmtpCommand.Malformed(ServerReplies.BadMailSyntax, IsMail: true);
        }

        var fault = ReversePath.Parse(path, out var reversePath);
        if (reversePath is null)
        {
            return new SmtpCommand.Malformed(SenderReply(fault), IsMail: true);
        }

        return SmtpParameters.TryParseMail(rest, out var parameters, out var error)
            ? new SmtpCommand.Mail(reversePath, parameters)
            : new SmtpCommand.Malformed(error, IsMail: true);
    }

    private static SmtpCommand Rcpt(ReadOnlySpan<byte> arguments)
    {
        if (!TrySplitPath(arguments, "TO:"u8, out var path, out var rest))
        {
            return new SmtpCommand.Malformed(ServerReplies.BadRcptSyntax);
        }

        var fault = ForwardPath.Parse(path, out var forwardPath);
        if (forwardPath is null)
        {
            return new SmtpCommand.Malformed(RecipientReply(fault));
        }

        return SmtpParameters.TryParseRcpt(rest, out var error)
            ? new SmtpCommand.Rcpt(forwardPath)
            : new SmtpCommand.Malformed(error);
    }

    private static bool TrySplitPath(
        ReadOnlySpan<byte> arguments, ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> path, out ReadOnlySpan<byte> parameters)
    {
        path = parameters = default;
        if (arguments.Length < keyword.Length || !Ascii.EqualsIgnoreCase(arguments[..keyword.Length], keyword))
        {
            return false;
        }

        var rest = arguments[keyword.Length..].TrimStart(" \t"u8);
        var length = PathSyntax.Measure(rest);
        path = rest[..length];
        parameters = rest[length..];
        return length > 0 && (parameters.IsEmpty || parameters[0] is (byte)' ' or (byte)'\t');
    }

    private static WireReply SenderReply(AddressFault fault) => fault switch
    {
        AddressFault.TooLong => ServerReplies.SenderTooLong,
        AddressFault.NonAsciiLocalPart => ServerReplies.NonAsciiAddress,
        AddressFault.UnroutableLiteral => ServerReplies.UnroutableSender,
        _ => ServerReplies.BadSender,
    };

    private static WireReply RecipientReply(AddressFault fault) => fault switch
    {
        AddressFault.TooLong => ServerReplies.RecipientTooLong,
        AddressFault.NonAsciiLocalPart => ServerReplies.NonAsciiAddress,
        AddressFault.UnroutableLiteral => ServerReplies.UnroutableRecipient,
        _ => ServerReplies.BadRecipient,
    };
}
