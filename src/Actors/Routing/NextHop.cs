using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace MtaCluster.Actors.Routing;

/// <summary>Where a route sends mail. The text forms are those of the configuration.</summary>
public abstract record NextHop
{
    private const string LmtpPrefix = "lmtp:";
    private const string UnixPrefix = "lmtp:unix:";

    /// <summary>The longest path that fits a Unix socket address on Linux, without its NUL.</summary>
    private const int MaximumUnixPathLength = 107;

    private NextHop()
    {
    }

    /// <summary>
    /// Reads <c>mx</c>, <c>host</c>, <c>host:port</c>, <c>[host-or-ip]</c>, <c>[host-or-ip]:port</c>, <c>lmtp:[host-or-ip]:port</c> or
    /// <c>lmtp:unix:/path</c>.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out NextHop? hop)
    {
        hop = null;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        if (text.Equals("mx", StringComparison.OrdinalIgnoreCase))
        {
            hop = Mx.Instance;
        }
        else if (text.StartsWith(UnixPrefix, StringComparison.OrdinalIgnoreCase))
        {
            var path = text[UnixPrefix.Length..];
            hop = path.StartsWith('/') && path.Length <= MaximumUnixPathLength && !path.Any(char.IsControl) ? new LmtpUnix(path) : null;
        }
        else if (text.StartsWith(LmtpPrefix, StringComparison.OrdinalIgnoreCase))
        {
            hop = TryBracketed(text[LmtpPrefix.Length..], out var host, out var port) && port is { } known ? new Lmtp(host, known) : null;
        }
        else if (text[0] == '[')
        {
            hop = TryBracketed(text, out var host, out var port) ? new Fixed(host, port) : null;
        }
        else
        {
            hop = TryMxOf(text);
        }

        return hop is not null;
    }

    private static MxOf? TryMxOf(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        int? port = null;
        if (colon >= 0)
        {
            if (!TryPort(text.AsSpan(colon + 1), out var number))
            {
                return null;
            }

            port = number;
        }

        var name = colon < 0 ? text : text[..colon];

        // The MX records of an address make no sense: an address must stand in brackets.
        return IPAddress.TryParse(name, out _) || !DnsName.TryNormalize(name, out var host) ? null : new MxOf(host, port);
    }

    private static bool TryBracketed(string text, [NotNullWhen(true)] out string? host, out int? port)
    {
        host = null;
        port = null;
        var close = text.IndexOf(']', StringComparison.Ordinal);
        if (close < 2 || text[0] != '[')
        {
            return false;
        }

        var rest = text.AsSpan(close + 1);
        if (!rest.IsEmpty)
        {
            if (rest[0] != ':' || !TryPort(rest[1..], out var number))
            {
                return false;
            }

            port = number;
        }

        return TryHost(text[1..close], out host);
    }

    private static bool TryHost(string text, [NotNullWhen(true)] out string? host)
    {
        if (AddressLiteral.TryParseAddress(text, out var address))
        {
            host = address.ToString();
            return true;
        }

        return DnsName.TryNormalize(text, out host);
    }

    private static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;

    private static string Port(int? port) => port is { } number ? string.Create(CultureInfo.InvariantCulture, $":{number}") : "";

    /// <summary>The mail exchangers of the recipient's domain.</summary>
    public sealed record Mx : NextHop
    {
        private Mx()
        {
        }

        /// <summary>The only one.</summary>
        public static Mx Instance { get; } = new();

        /// <inheritdoc/>
        public override string ToString() => "mx";
    }

    /// <summary>The mail exchangers of another domain; on the port, or on the usual one.</summary>
    public sealed record MxOf : NextHop
    {
        internal MxOf(string domain, int? portNumber) => (Domain, PortNumber) = (domain, portNumber);

        /// <summary>The domain whose MX records are asked for.</summary>
        public string Domain { get; }

        /// <summary>The port, or null for the usual one.</summary>
        public int? PortNumber { get; }

        /// <inheritdoc/>
        public override string ToString() => Domain + Port(PortNumber);
    }

    /// <summary>One host or address, without an MX look-up; on the port, or on the usual one.</summary>
    public sealed record Fixed : NextHop
    {
        internal Fixed(string host, int? portNumber) => (Host, PortNumber) = (host, portNumber);

        /// <summary>A host name, or an address without brackets.</summary>
        public string Host { get; }

        /// <summary>The port, or null for the usual one.</summary>
        public int? PortNumber { get; }

        /// <inheritdoc/>
        public override string ToString() => $"[{Host}]{Port(PortNumber)}";
    }

    /// <summary>An LMTP server (RFC 2033) over TCP.</summary>
    public sealed record Lmtp : NextHop
    {
        internal Lmtp(string host, int portNumber) => (Host, PortNumber) = (host, portNumber);

        /// <summary>A host name, or an address without brackets.</summary>
        public string Host { get; }

        /// <summary>The port.</summary>
        public int PortNumber { get; }

        /// <inheritdoc/>
        public override string ToString() => $"lmtp:[{Host}]{Port(PortNumber)}";
    }

    /// <summary>An LMTP server (RFC 2033) at a Unix socket.</summary>
    public sealed record LmtpUnix : NextHop
    {
        internal LmtpUnix(string path) => Path = path;

        /// <summary>The absolute path of the socket.</summary>
        public string Path { get; }

        /// <inheritdoc/>
        public override string ToString() => UnixPrefix + Path;
    }
}
