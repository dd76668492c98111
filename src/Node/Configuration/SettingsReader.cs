using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Configuration;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Configuration;

/// <summary>
/// Reads the section <c>Mta</c>: a method per concern, each with its defaults and checks. To add a key: the property in
/// <see cref="NodeSettings"/>, its line here, its row in docs/configuration.md, and a test.
/// </summary>
internal static class SettingsReader
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_year = TimeSpan.FromDays(365);

    /// <summary>Reads everything. The settings are good only if no error was added.</summary>
    public static NodeSettings Read(IConfiguration configuration, List<string> errors)
    {
        var mta = new SectionReader(configuration.GetSection("Mta"), errors);
        var cluster = ClusterReader.Read(mta.Section("Cluster"));
        var (local, relayed) = (Domains(mta, "LocalDomains"), Domains(mta, "RelayDomains"));
        var tls = TlsReader.Read(mta.Section("Tls"));
        var settings = new NodeSettings
        {
            Hostname = mta.Value("Hostname", Parsers.Name, "a host name", MachineName.Find()),
            DataDirectory = Path.GetFullPath(mta.Text("DataDirectory") ?? "data"),
            Listeners = ListenerReader.Read(mta, tls),
            Tls = tls,
            Inbound = InboundReader.Read(mta.Section("Inbound")),
            LocalDomains = local,
            RelayDomains = relayed,
            Dns = Dns(mta.Section("Dns")),
            Routes = Routes(mta),
            Smtp = Smtp(mta.Section("Smtp")),
            Queue = Queue(mta.Section("Queue")),
            Shaping = Shaping(mta),
            Storage = StorageReader.Read(mta.Section("Storage"), cluster.Spools),
            Cluster = cluster,
            Auth = AuthReader.Read(mta.Section("Auth")),
            Admin = AdminSettingsReader.Read(mta.Section("Admin")),
            Recipients = RecipientsReader.Read(mta.Section("Recipients"), [.. local, .. relayed]),
            Submission = SubmissionReader.Read(mta.Section("Submission")),
        };
        mta.RejectUnknownKeys();
        if (settings.Admin.Address.Port != 0 && settings.Listeners.Any(listener => listener.Address.Equals(settings.Admin.Address)))
        {
            errors.Add($"Mta:Admin:Address: {settings.Admin.Address} is the address of a listener");
        }

        foreach (var (index, listener) in settings.Listeners.Index())
        {
            if (listener.RequireAuth && listener.Tls == ListenerTls.None && !settings.Auth.AllowWithoutTls)
            {
                errors.Add($"Mta:Listeners:{index}:RequireAuth: nobody could log in without Tls, unless Auth:AllowWithoutTls says otherwise");
            }
        }

        if (!settings.Cluster.SeedNodes.IsEmpty && settings.Storage.PostgreSql is null)
        {
            errors.Add("Mta:Cluster:SeedNodes: nodes of a cluster cannot share Embedded storage; say Storage:Provider: PostgreSql, or leave the list empty");
        }

        return settings;
    }

    private static ImmutableArray<DomainPattern> Domains(SectionReader mta, string key)
    {
        var domains = mta.Values<DomainPattern>(key, Parsers.Pattern, "a domain or *.suffix", []);
        if (domains.Any(domain => domain is DomainPattern.Any))
        {
            mta.Error(key, "* would make this an open relay");
        }

        return domains;
    }

    private static DnsSettings Dns(SectionReader dns)
    {
        var settings = new DnsSettings(
            dns.Values<IPEndPoint>("Servers", Parsers.DnsServer, "address or address:port (an IPv6 address with a port in brackets)", []),
            dns.Duration("Timeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)) ?? TimeSpan.FromSeconds(5));
        dns.RejectUnknownKeys();
        return settings;
    }

    private static ImmutableArray<RouteRule> Routes(SectionReader mta)
    {
        var isGiven = mta.Has("Routes");
        var routes = ImmutableArray.CreateBuilder<RouteRule>();
        foreach (var section in mta.Sections("Routes"))
        {
            var domain = section.Required<DomainPattern>("Domain", Parsers.Pattern, Parsers.PatternForm);
            var hop = section.Required<NextHop>(
                "NextHop", Parsers.Hop, "mx, host, host:port, [host-or-ip]:port, lmtp:[host-or-ip]:port or lmtp:unix:/path");
            section.RejectUnknownKeys();
            if (domain is null || hop is null)
            {
                continue;
            }

            if (routes.Any(other => other.Domain == domain))
            {
                section.Error("Domain", $"\"{domain}\" has a route already, and the first decides");
            }

            routes.Add(new RouteRule(domain, hop));
        }

        return isGiven ? routes.ToImmutable() : [new RouteRule(DomainPattern.Any.Instance, NextHop.Mx.Instance)];
    }

    private static SmtpSettings Smtp(SectionReader smtp)
    {
        var settings = new SmtpSettings(
            smtp.Number("Port", 1, 65535) ?? 25,
            smtp.Number("MaximumMessageSize", 65_536L, 1L << 31) ?? 52_428_800,
            smtp.Number("MaximumLineLength", 998, 64 * 1024 * 1024) ?? 1_048_576,
            smtp.Number("MaximumRecipients", 100, 100_000) ?? 1000,
            smtp.Number("MaximumErrors", 1, 10_000) ?? 20,
            smtp.Number("MaximumHops", 10, 1000) ?? 100,
            smtp.Duration("CommandTimeout", s_second, s_hour) ?? TimeSpan.FromMinutes(5),
            smtp.Duration("DataTimeout", s_second, s_hour) ?? TimeSpan.FromMinutes(5),
            smtp.Flag("StartTls", true))
        {
            MaximumHold = smtp.Duration("MaximumHold", TimeSpan.Zero, TimeSpan.FromDays(365)) ?? SmtpSettings.DefaultMaximumHold,
            MinimumDataRate = smtp.Number("MinimumDataRate", 0, 1_000_000_000) ?? SmtpSettings.DefaultMinimumDataRate,
            MessageTimeout = smtp.Duration("MessageTimeout", TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)) ?? SmtpSettings.DefaultMessageTimeout,
        };
        smtp.RejectUnknownKeys();
        return settings;
    }

    private static QueueSettings Queue(SectionReader queue)
    {
        var retry = queue.Section("Retry");
        var warning = queue.Duration("DelayWarningAfter", TimeSpan.Zero, s_year) ?? TimeSpan.FromHours(4);
        var settings = new QueueSettings(
            retry.Duration("Initial", TimeSpan.FromMilliseconds(1), s_year) ?? TimeSpan.FromMinutes(5),
            retry.Number("Factor", 1.0, 100.0) ?? 2,
            retry.Duration("Maximum", TimeSpan.FromMilliseconds(1), s_year) ?? TimeSpan.FromHours(2),
            retry.Number("Jitter", 0.0, 0.9) ?? 0.1,
            queue.Duration("Lifetime", s_second, s_year) ?? TimeSpan.FromDays(5),
            warning == TimeSpan.Zero ? null : warning)
        {
            MaximumReturnedSize = queue.Number("MaximumReturnedSize", 0, 32 * 1024 * 1024) ?? 1024 * 1024,
        };
        if (settings.Maximum < settings.Initial)
        {
            retry.Error("Maximum", $"{settings.Maximum:c} is less than Initial, {settings.Initial:c}");
        }

        retry.RejectUnknownKeys();
        queue.RejectUnknownKeys();
        return settings;
    }

    private static ShapingTable Shaping(SectionReader mta)
    {
        var rules = ImmutableArray.CreateBuilder<ShapingRule>();
        foreach (var section in mta.Sections("Shaping"))
        {
            var match = section.Required("Match", (string text, out ShapingMatch value) =>
            {
                var isGood = ShapingMatch.TryParse(text, out var parsed);
                value = parsed!;
                return isGood;
            }, "a domain, a site, *.suffix or *");
            var rule = new ShapingRule(
                match ?? new ShapingMatch.Domains(DomainPattern.Any.Instance),
                section.Number("Connections", 1, 100_000),
                section.Number("MessagesPerConnection", 1, 1_000_000),
                section.Value<Rate?>("Rate", (string text, out Rate? rate) => Rate.TryParse(text, out rate), "N/s, N/m, N/h or N/d", null),
                section.Duration("ConnectTimeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)));
            section.RejectUnknownKeys();
            if (match is not null && rules.Any(other => other.Match == match))
            {
                section.Error("Match", $"\"{match}\" has a rule already");
            }

            if (match is not null)
            {
                rules.Add(rule);
            }
        }

        return new ShapingTable(rules.ToImmutable());
    }
}
