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

    /// <summary>DSN (RFC 3461).</summary>
    Dsn = 16,

    /// <summary>SMTPUTF8 (RFC 6531).</summary>
    SmtpUtf8 = 32,

    /// <summary>CHUNKING (RFC 3030 §2).</summary>
    Chunking = 64,

    /// <summary>BINARYMIME (RFC 3030 §3).</summary>
    BinaryMime = 128,

    /// <summary>REQUIRETLS (RFC 8689).</summary>
    RequireTls = 256,

    /// <summary>DELIVERBY (RFC 2852).</summary>
    DeliverBy = 512,

    /// <summary>MT-PRIORITY (RFC 6710).</summary>
    Priority = 1024,

    /// <summary>LIMITS (RFC 9422).</summary>
    Limits = 2048,
}

/// <summary>What a server said it can do.</summary>
/// <param name="Extensions">The extensions it offers.</param>
/// <param name="SizeLimit">The largest message in octets it takes; 0 when it did not say.</param>
public readonly record struct SmtpCapabilities(SmtpExtensions Extensions, long SizeLimit)
{
    /// <summary>How much it takes otherwise.</summary>
    public SmtpLimits Limits { get; init; }

    /// <summary>The least time in seconds within which it undertakes to deliver (RFC 2852 §3); 0 when it did not say.</summary>
    public int ShortestDeliverBy { get; init; }

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
            capabilities = capabilities.With(ExtensionOf(keyword), space < 0 ? default : line[(space + 1)..].Trim());
        }

        return capabilities;
    }

    /// <summary>Whether the server offers all of <paramref name="extensions"/>.</summary>
    public bool Has(SmtpExtensions extensions) => (Extensions & extensions) == extensions;

    private SmtpCapabilities With(SmtpExtensions extension, ReadOnlySpan<char> parameters)
    {
        var next = this with { Extensions = Extensions | extension };
        return extension switch
        {
            SmtpExtensions.Size => next with { SizeLimit = NumberIn(parameters) },
            SmtpExtensions.DeliverBy => next with { ShortestDeliverBy = (int)Math.Min(NumberIn(parameters), int.MaxValue) },
            SmtpExtensions.Limits => next with { Limits = SmtpLimits.Parse(parameters) },
            _ => next,
        };
    }

    private static long NumberIn(ReadOnlySpan<char> parameters)
        => long.TryParse(parameters, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static SmtpExtensions ExtensionOf(ReadOnlySpan<char> keyword) => keyword switch
    {
        _ when Is(keyword, "PIPELINING") => SmtpExtensions.Pipelining,
        _ when Is(keyword, "SIZE") => SmtpExtensions.Size,
        _ when Is(keyword, "8BITMIME") => SmtpExtensions.EightBitMime,
        _ when Is(keyword, "STARTTLS") => SmtpExtensions.StartTls,
        _ when Is(keyword, "DSN") => SmtpExtensions.Dsn,
        _ when Is(keyword, "SMTPUTF8") => SmtpExtensions.SmtpUtf8,
        _ when Is(keyword, "CHUNKING") => SmtpExtensions.Chunking,
        _ when Is(keyword, "BINARYMIME") => SmtpExtensions.BinaryMime,
        _ when Is(keyword, "REQUIRETLS") => SmtpExtensions.RequireTls,
        _ when Is(keyword, "DELIVERBY") => SmtpExtensions.DeliverBy,
        _ when Is(keyword, "MT-PRIORITY") => SmtpExtensions.Priority,
        _ when Is(keyword, "LIMITS") => SmtpExtensions.Limits,
        _ => SmtpExtensions.None,
    };

    private static bool Is(ReadOnlySpan<char> keyword, string name) => keyword.Equals(name, StringComparison.OrdinalIgnoreCase);
}
