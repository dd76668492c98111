using System.Globalization;

namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>What a server takes in one session (LIMITS, RFC 9422). 0 is no limit.</summary>
/// <param name="Transactions">MAILMAX: MAIL commands in a session.</param>
/// <param name="Recipients">RCPTMAX: RCPT commands in a transaction.</param>
/// <param name="Domains">RCPTDOMAINMAX: different domains of recipients in a session.</param>
public readonly record struct SmtpLimits(int Transactions, int Recipients, int Domains)
{
    /// <summary>Reads the parameters of the keyword. What is not known, or is no number of at least 1, is passed over (§3).</summary>
    public static SmtpLimits Parse(ReadOnlySpan<char> parameters)
    {
        var limits = default(SmtpLimits);
        foreach (var range in parameters.Split(' '))
        {
            var limit = parameters[range];
            var equals = limit.IndexOf('=');
            if (equals > 0 && int.TryParse(limit[(equals + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0)
            {
                limits = limits.With(limit[..equals], value);
            }
        }

        return limits;
    }

    private SmtpLimits With(ReadOnlySpan<char> name, int value) => name switch
    {
        _ when name.Equals("MAILMAX", StringComparison.OrdinalIgnoreCase) => this with { Transactions = value },
        _ when name.Equals("RCPTMAX", StringComparison.OrdinalIgnoreCase) => this with { Recipients = value },
        _ when name.Equals("RCPTDOMAINMAX", StringComparison.OrdinalIgnoreCase) => this with { Domains = value },
        _ => this,
    };
}
