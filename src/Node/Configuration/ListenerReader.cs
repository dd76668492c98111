using System.Collections.Immutable;
using System.Net;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Configuration;

/// <summary>Reads the list <c>Listeners</c>.</summary>
internal static class ListenerReader
{
    private const int DigestLength = 32;

    private static readonly ImmutableArray<IPNetwork> s_loopback = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    /// <summary>Reads it. Without the key there is one listener, for this machine.</summary>
    /// <param name="mta">The section that the list is in.</param>
    /// <param name="tls">What listeners that speak TLS work with.</param>
    public static ImmutableArray<ListenerSettings> Read(SectionReader mta, TlsSettings tls)
    {
        if (!mta.Has("Listeners"))
        {
            return [new ListenerSettings("smtp", new IPEndPoint(IPAddress.Loopback, 2525), s_loopback)];
        }

        var listeners = ImmutableArray.CreateBuilder<ListenerSettings>();
        foreach (var section in mta.Sections("Listeners"))
        {
            listeners.Add(Listener(section, tls, listeners));
        }

        if (listeners.Count == 0)
        {
            mta.Error("Listeners", "at least one listener is needed");
        }

        return listeners.ToImmutable();
    }

    private static ListenerSettings Listener(SectionReader section, TlsSettings tls, IReadOnlyCollection<ListenerSettings> others)
    {
        var requireAuth = section.Flag("RequireAuth", false);
        var address = section.Required<IPEndPoint>("Address", Parsers.EndPoint, Parsers.EndPointForm);
        var settings = new ListenerSettings(
            section.Text("Name") ?? address?.ToString() ?? "",
            address ?? new IPEndPoint(IPAddress.None, 0),
            section.Values<IPNetwork>("RelayFrom", Parsers.Network, Parsers.NetworkForm, []))
        {
            Tls = section.Value<ListenerTls>("Tls", Mode, "None, StartTls or Implicit", ListenerTls.None),
            RequireTls = section.Flag("RequireTls", false),
            RelayForCertificates = section.Values<string>(
                "RelayForCertificates", Fingerprint, "the SHA-256 fingerprint of a certificate, 64 hexadecimal digits", []),
            ProxyFrom = section.Values<IPNetwork>("ProxyFrom", Parsers.Network, Parsers.NetworkForm, []),
            Lmtp = section.Value<bool>("Protocol", Protocol, "Smtp or Lmtp", false),
            RequireAuth = requireAuth,
            OffersAuth = section.Flag("Auth", requireAuth),
            XClientFrom = section.Values<IPNetwork>("XClientFrom", Parsers.Network, Parsers.NetworkForm, []),
            XForwardFrom = section.Values<IPNetwork>("XForwardFrom", Parsers.Network, Parsers.NetworkForm, []),
            EtrnDomains = section.Values<DomainPattern>("EtrnDomains", Parsers.Pattern, "a domain or *.suffix", []),
        };
        section.RejectUnknownKeys();
        CheckTls(section, settings, tls);
        CheckOthers(section, settings, others);
        return settings;
    }

    private static void CheckTls(SectionReader section, ListenerSettings listener, TlsSettings tls)
    {
        if (listener.Tls != ListenerTls.None && tls.Certificates.IsEmpty)
        {
            section.Error("Tls", $"{listener.Tls} needs a certificate: Mta:Tls:Certificates");
        }

        if (listener.RequireTls && listener.Tls == ListenerTls.None)
        {
            section.Error("RequireTls", "cannot be met without Tls: say StartTls or Implicit");
        }

        if (listener.RequireAuth && !listener.OffersAuth)
        {
            section.Error("Auth", "false, with RequireAuth, would let nobody send");
        }

        if (listener.EtrnDomains.Any(domain => domain is DomainPattern.Any))
        {
            section.Error("EtrnDomains", "* would let anybody run the whole queue");
        }

        if (!listener.RelayForCertificates.IsEmpty && (listener.Tls == ListenerTls.None || !tls.RequestsClientCertificates))
        {
            section.Error("RelayForCertificates", "needs Tls, and Mta:Tls:ClientCertificates to be Request");
        }
    }

    private static void CheckOthers(SectionReader section, ListenerSettings listener, IReadOnlyCollection<ListenerSettings> others)
    {
        if (listener.Name.Length > 0 && others.Any(other => other.Name == listener.Name))
        {
            section.Error("Name", $"another listener is named \"{listener.Name}\"");
        }

        if (listener.Address.Port != 0 && others.Any(other => other.Address.Equals(listener.Address)))
        {
            section.Error("Address", $"another listener has {listener.Address}");
        }
    }

    private static bool Mode(string text, out ListenerTls value) =>
        Enum.TryParse(text, ignoreCase: true, out value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0]);

    // openssl x509 -fingerprint writes colons.
    private static bool Fingerprint(string text, out string value)
    {
        value = text.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        return value.Length == 2 * DigestLength && value.All(char.IsAsciiHexDigit);
    }

    private static bool Protocol(string text, out bool isLmtp)
    {
        isLmtp = text.Equals("Lmtp", StringComparison.OrdinalIgnoreCase);
        return isLmtp || text.Equals("Smtp", StringComparison.OrdinalIgnoreCase);
    }
}
