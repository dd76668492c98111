using System.Buffers;
using System.Globalization;
using System.Text;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Sasl;

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
    private const int MaximumMechanism = 20;
    private const int MaximumChunkDigits = 18;

    private static readonly SearchValues<byte> s_mechanism =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"u8);

    private static readonly SearchValues<byte> s_controls = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    private static readonly SmtpCommand s_data = new SmtpCommand.Simple(SimpleVerb.Data);
    private static readonly SmtpCommand s_rset = new SmtpCommand.Simple(SimpleVerb.Rset);
    private static readonly SmtpCommand s_noop = new SmtpCommand.Simple(SimpleVerb.Noop);
    private static readonly SmtpCommand s_quit = new SmtpCommand.Simple(SimpleVerb.Quit);
    private static readonly SmtpCommand s_vrfy = new SmtpCommand.Simple(SimpleVerb.Vrfy);
    private static readonly SmtpCommand s_help = new SmtpCommand.Simple(SimpleVerb.Help);
    private static readonly SmtpCommand s_startTls = new SmtpCommand.Simple(SimpleVerb.StartTls);

    private static readonly SmtpCommand s_unknown = new SmtpCommand.Malformed(ServerReplies.UnknownCommand);
    private static readonly SmtpCommand s_badCharacter = new SmtpCommand.Malformed(ServerReplies.BadCharacter);
    private static readonly SmtpCommand s_badArguments = new SmtpCommand.Malformed(ServerReplies.BadArguments);
    private static readonly SmtpCommand s_badEncoding = new SmtpCommand.Malformed(ServerReplies.BadEncoding);
    private static readonly SmtpCommand s_badChunk = new SmtpCommand.Malformed(ServerReplies.BadChunk) { IsFatal = true };
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

    private static SmtpCommand Dispatch(ReadOnlySpan<byte> verb, ReadOnlySpan<byte> arguments) => verb switch
    {
        _ when verb.SequenceEqual("RCPT"u8) => Rcpt(arguments),
        _ when verb.SequenceEqual("MAIL"u8) => Mail(arguments),
        _ when verb.SequenceEqual("DATA"u8) => Bare(s_data, arguments),
        _ when verb.SequenceEqual("BDAT"u8) => Bdat(arguments),
        _ when verb.SequenceEqual("EHLO"u8) => Hello(extended: true, lmtp: false, arguments),
        _ when verb.SequenceEqual("HELO"u8) => Hello(extended: false, lmtp: false, arguments),
        _ when verb.SequenceEqual("LHLO"u8) => Hello(extended: true, lmtp: true, arguments),
        _ when verb.SequenceEqual("QUIT"u8) => Bare(s_quit, arguments),
        _ when verb.SequenceEqual("RSET"u8) => Bare(s_rset, arguments),
        _ when verb.SequenceEqual("NOOP"u8) => s_noop,
        _ when verb.SequenceEqual("VRFY"u8) => arguments.IsEmpty ? s_badArguments : s_vrfy,
        _ when verb.SequenceEqual("HELP"u8) => s_help,
        _ when verb.SequenceEqual("STARTTLS"u8) => Bare(s_startTls, arguments),
        _ when verb.SequenceEqual("AUTH"u8) => Auth(arguments),
        _ when verb.SequenceEqual("ETRN"u8) => Etrn(arguments),
        _ when verb.SequenceEqual("XCLIENT"u8) =>
            ClientAttributeParser.TryParse(arguments, out var client) ? new SmtpCommand.XClient(client) : s_badArguments,
        _ when verb.SequenceEqual("XFORWARD"u8) =>
            ClientAttributeParser.TryParse(arguments, out var origin) ? new SmtpCommand.XForward(origin) : s_badArguments,
        _ when IsKnown(verb) => s_notImplemented,
        _ => s_unknown,
    };

    // Verbs of RFC 5321 and RFC 821 that are not offered (§4.2.4: 502, not 500).
    private static bool IsKnown(ReadOnlySpan<byte> verb) =>
        verb.SequenceEqual("EXPN"u8) || verb.SequenceEqual("TURN"u8) || verb.SequenceEqual("SEND"u8) || verb.SequenceEqual("SOML"u8)
        || verb.SequenceEqual("SAML"u8);

    private static SmtpCommand Bare(SmtpCommand command, ReadOnlySpan<byte> arguments) => arguments.IsEmpty ? command : s_badArguments;

    // bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CR LF. Of a chunk without a size the end is not known: nothing after it can be read.
    private static SmtpCommand Bdat(ReadOnlySpan<byte> arguments)
    {
        var end = arguments.IndexOfAny((byte)' ', (byte)'\t');
        var digits = end < 0 ? arguments : arguments[..end];
        var marker = end < 0 ? [] : arguments[end..].TrimStart(" \t"u8);
        return digits.Length is > 0 and <= MaximumChunkDigits && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && (marker.IsEmpty || Ascii.EqualsIgnoreCase(marker, "LAST"u8))
            ? new SmtpCommand.Bdat(long.Parse(digits, CultureInfo.InvariantCulture), !marker.IsEmpty)
            : s_badChunk;
    }

    // RFC 4954 §4: an initial response of no octets is "=".
    private static SmtpCommand Auth(ReadOnlySpan<byte> arguments)
    {
        var end = arguments.IndexOfAny((byte)' ', (byte)'\t');
        var mechanism = end < 0 ? arguments : arguments[..end];
        var initial = end < 0 ? [] : arguments[end..].TrimStart(" \t"u8);
        if (mechanism.Length is 0 or > MaximumMechanism || mechanism.ContainsAnyExcept(s_mechanism))
        {
            return s_badArguments;
        }

        var name = Encoding.ASCII.GetString(mechanism).ToUpperInvariant();
        return initial.IsEmpty ? new SmtpCommand.Auth(name, null)
            : initial.SequenceEqual("="u8) ? new SmtpCommand.Auth(name, ReadOnlyMemory<byte>.Empty)
            : SaslBase64.TryDecode(initial, out var response) ? new SmtpCommand.Auth(name, response)
            : s_badEncoding;
    }

    // etrn-cmd = "ETRN" SP [ "@" ] node-name. The queues ("#name") of RFC 1985 are not known here.
    private static SmtpCommand Etrn(ReadOnlySpan<byte> arguments)
    {
        var withSubdomains = !arguments.IsEmpty && arguments[0] == (byte)'@';
        return MailDomain.TryParse(withSubdomains ? arguments[1..] : arguments, out var domain) && domain.Kind == MailDomainKind.Name
            ? new SmtpCommand.Etrn(domain.Text, withSubdomains)
            : s_badArguments;
    }

    private static SmtpCommand Hello(bool extended, bool lmtp, ReadOnlySpan<byte> arguments)
    {
        if (arguments.IsEmpty || arguments.Length > MaximumHelloName)
        {
            return new SmtpCommand.Malformed(ServerReplies.BadHelloName);
        }

        if (arguments[0] == (byte)'[' && MailDomain.TryParse(arguments, out var literal))
        {
            return new SmtpCommand.Hello(extended, literal.Text) { IsLmtp = lmtp };
        }

        return new SmtpCommand.Hello(extended, HarmlessName(arguments)) { IsLmtp = lmtp };
    }

    /// <summary>A name as it may go into a header field and into the logs: what is not harmless in both becomes <c>?</c>.</summary>
    internal static string HarmlessName(ReadOnlySpan<byte> name) => string.Create(name.Length, name, static (characters, octets) =>
    {
        for (var i = 0; i < characters.Length; i++)
        {
            var c = (char)octets[i];
            characters[i] = char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '?';
        }
    });

    private static SmtpCommand Mail(ReadOnlySpan<byte> arguments)
    {
        if (!TrySplitPath(arguments, "FROM:"u8, out var path, out var rest))
        {
            return new SmtpCommand.Malformed(ServerReplies.BadMailSyntax, IsMail: true);
        }

        var fault = ReversePath.Parse(path, international: true, out var reversePath);
        if (reversePath is null)
        {
            return new SmtpCommand.Malformed(SenderReply(fault), IsMail: true);
        }

        return MailParameterParser.TryParse(rest, out var parameters, out var error)
            ? new SmtpCommand.Mail(reversePath, parameters)
            : new SmtpCommand.Malformed(error, IsMail: true);
    }

    private static SmtpCommand Rcpt(ReadOnlySpan<byte> arguments)
    {
        if (!TrySplitPath(arguments, "TO:"u8, out var path, out var rest))
        {
            return new SmtpCommand.Malformed(ServerReplies.BadRcptSyntax);
        }

        var fault = ForwardPath.Parse(path, international: true, out var forwardPath);
        if (forwardPath is null)
        {
            return new SmtpCommand.Malformed(RecipientReply(fault));
        }

        return RecipientParameterParser.TryParse(rest, out var options, out var error)
            ? new SmtpCommand.Rcpt(forwardPath, options)
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
        AddressFault.UnroutableLiteral => ServerReplies.UnroutableSender,
        _ => ServerReplies.BadSender,
    };

    private static WireReply RecipientReply(AddressFault fault) => fault switch
    {
        AddressFault.TooLong => ServerReplies.RecipientTooLong,
        AddressFault.UnroutableLiteral => ServerReplies.UnroutableRecipient,
        _ => ServerReplies.BadRecipient,
    };
}
