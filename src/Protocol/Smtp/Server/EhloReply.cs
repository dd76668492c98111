using System.Collections.Immutable;
using System.Globalization;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>The reply to EHLO and LHLO (RFC 5321 §4.1.1.1): the name of the host, and a line for each extension that is offered.</summary>
internal static class EhloReply
{
    /// <summary>The reply to a client in <paramref name="state"/>.</summary>
    internal static WireReply Make(SmtpServerPolicy policy, SmtpServerState state)
    {
        var offered = policy.Offered(state);
        var lines = ImmutableArray.CreateBuilder<string>();
        lines.Add(policy.Hostname);
        lines.Add("PIPELINING");
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"SIZE {policy.MaximumMessageSize}"));
        lines.Add("8BITMIME");
        lines.Add("ENHANCEDSTATUSCODES");
        foreach (var (extension, line) in s_plain)
        {
            if ((offered & extension) != 0)
            {
                lines.Add(line);
            }
        }

        if ((offered & ServerExtensions.Auth) != 0)
        {
            lines.Add("AUTH " + string.Join(' ', policy.MechanismsFor(state)));
        }

        if ((offered & ServerExtensions.FutureRelease) != 0)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"FUTURERELEASE {(long)policy.MaximumHold.TotalSeconds} {FarFuture}"));
        }

        if ((offered & ServerExtensions.Limits) != 0)
        {
            lines.Add(Limits(policy));
        }

        lines.Add("HELP");
        return new WireReply(new SmtpReply(250, null, lines.DrainToImmutable()));
    }

    // RFC 4865 wants a date as well; ours is a span, which decides.
    private const string FarFuture = "9999-12-31T23:59:59Z";

    private static readonly (ServerExtensions Extension, string Line)[] s_plain =
    [
        (ServerExtensions.StartTls, "STARTTLS"),
        (ServerExtensions.Chunking, "CHUNKING"),
        (ServerExtensions.BinaryMime, "BINARYMIME"),
        (ServerExtensions.SmtpUtf8, "SMTPUTF8"),
        (ServerExtensions.Dsn, "DSN"),
        (ServerExtensions.RequireTls, "REQUIRETLS"),
        (ServerExtensions.DeliverBy, "DELIVERBY"),
        (ServerExtensions.MtPriority, "MT-PRIORITY"),
        (ServerExtensions.Etrn, "ETRN"),
        (ServerExtensions.XClient, "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"),
        (ServerExtensions.XForward, "XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE"),
    ];

    private static string Limits(SmtpServerPolicy policy) => policy.MaximumMessagesPerSession is { } messages
        ? string.Create(CultureInfo.InvariantCulture, $"LIMITS RCPTMAX={policy.MaximumRecipients} MAILMAX={messages}")
        : string.Create(CultureInfo.InvariantCulture, $"LIMITS RCPTMAX={policy.MaximumRecipients}");
}
