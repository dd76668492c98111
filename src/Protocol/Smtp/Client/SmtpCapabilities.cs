using System.Globalization;

namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>The service extensions that this client makes use of.</summary>
[Flags]
public enum SmtpExtensions
{
    /// <summary>None: plain RFC 821.</summary>
    None = 0,

    /// <summary>PIPELINING (RFC 2920).</summary>
    Pipelining = 1,

    /// <summary>SIZE (RFC 1870).</summary>
    Size = 2,

    /// <summary>8BITMIME (RFC 6152).</summary>
    EightBitMime = 4,

    /// <summary>STARTTLS (RFC 3207).</summary>
    StartTls = 8,
}

/// <summary>What a server said it can do.</summary>
/// <param name="Extensions">The extensions it offers.</param>
/// <param name="SizeLimit">The largest message in octets it takes; 0 when it did not say.</param>
public readonly record struct SmtpCapabilities(SmtpExtensions Extensions, long SizeLimit)
{
    /// <summary>Reads a positive reply to EHLO (RFC 5321 §4.1.1.1): its first line is a greeting, each other an extension. What is not known is passed over.</summary>
    public static SmtpCapabilities Parse(SmtpReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        var capabilities = default(SmtpCapabilities);
        for (var i = 1; i < reply.Lines.Length; i++)
        {
            var line = reply.Lines[i].AsSpan().Trim();
            var space = line.IndexOf(' ');
            var keyword = space < 0 ? line : line[..space];
            capabilities = capabilities.With(keyword, space < 0 ? default : line[(space + 1)..].Trim());
        }

        return capabilities;
    }

    /// <summary>Whether the server offers <paramref name="extension"/>.</summary>
    public bool Has(SmtpExtensions extension) => (Extensions & extension) != 0;

    private SmtpCapabilities With(ReadOnlySpan<char> keyword, ReadOnlySpan<char> parameters)
    {
        if (keyword.Equals("SIZE", StringComparison.OrdinalIgnoreCase))
        {
            _ = long.TryParse(parameters, NumberStyles.None, CultureInfo.InvariantCulture, out var limit);
            return new SmtpCapabilities(Extensions | SmtpExtensions.Size, limit);
        }

        var extension = keyword switch
        {
            _ when keyword.Equals("PIPELINING", StringComparison.OrdinalIgnoreCase) => SmtpExtensions.Pipelining,
            _ when keyword.Equals("8BITMIME", StringComparison.OrdinalIgnoreCase) => SmtpExtensions.EightBitMime,
            _ when keyword.Equals("STARTTLS", StringComparison.OrdinalIgnoreCase) => SmtpExtensions.StartTls,
            _ => SmtpExtensions.None,
        };
        return this with { Extensions = Extensions | extension };
    }
}
