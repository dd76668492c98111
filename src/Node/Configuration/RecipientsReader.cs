using System.Collections.Immutable;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Recipients;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Configuration;

/// <summary>Reads the section <c>Mta:Recipients</c>.</summary>
internal static class RecipientsReader
{
    private const string FilePrefix = "file:";

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_week = TimeSpan.FromDays(7);

    /// <summary>Reads the section.</summary>
    /// <param name="recipients">The section.</param>
    /// <param name="ours">The domains that mail is taken for.</param>
    public static RecipientSettings Read(SectionReader recipients, ImmutableArray<DomainPattern> ours)
    {
        var defaults = RecipientSettings.None;
        var settings = new RecipientSettings
        {
            Domains = Domains(recipients, ours),
            Sql = Sql(recipients),
            CallAhead = CallAhead(recipients.Section("CallAhead")),
            AcceptAbuse = recipients.Flag("AcceptAbuse", defaults.AcceptAbuse),
            SingleRecipientReports = recipients.Flag("SingleRecipientReports", defaults.SingleRecipientReports),
        };
        recipients.RejectUnknownKeys();
        NeedQuery(recipients, settings, "Users", "UserQuery", domain => domain.Users, settings.Sql?.UserQuery);
        NeedQuery(recipients, settings, "Aliases", "AliasQuery", domain => domain.Aliases, settings.Sql?.AliasQuery);
        return settings;
    }

    private static ImmutableArray<RecipientDomainSettings> Domains(SectionReader recipients, ImmutableArray<DomainPattern> ours)
    {
        var domains = ImmutableArray.CreateBuilder<RecipientDomainSettings>();
        foreach (var section in recipients.Sections("Domains"))
        {
            var pattern = section.Required<DomainPattern>("Domain", Parsers.Pattern, "a domain or *.suffix");
            var domain = new RecipientDomainSettings(pattern ?? DomainPattern.Any.Instance, section.Path)
            {
                Users = section.Values<RecipientSource>("Users", UserSource, "file:PATH, sql or auth", []),
                Aliases = section.Values<RecipientSource>("Aliases", AliasSource, "file:PATH or sql", []),
                CatchAll = section.Value<Mailbox?>("CatchAll", TryMailbox, "a mailbox", null),
                PlusAddressing = section.Flag("PlusAddressing", false),
                CallAhead = section.Flag("CallAhead", false),
            };
            section.RejectUnknownKeys();
            if (pattern is null)
            {
                continue;
            }

            CheckDomain(section, domain, domains, ours);
            domains.Add(domain);
        }

        return domains.ToImmutable();
    }

    private static void CheckDomain(
        SectionReader section, RecipientDomainSettings domain, IEnumerable<RecipientDomainSettings> others, ImmutableArray<DomainPattern> ours)
    {
        if (domain.Domain is DomainPattern.Any)
        {
            section.Error("Domain", "* would check the recipients of domains that are not ours");
        }
        else if (!ours.Any(pattern => Covers(pattern, domain.Domain)))
        {
            section.Error("Domain", $"{domain.Domain} is in neither LocalDomains nor RelayDomains, so no mail is taken for it");
        }

        if (others.Any(other => other.Domain == domain.Domain))
        {
            section.Error("Domain", $"\"{domain.Domain}\" is there already");
        }

        if (!section.Has("Users") && !section.Has("Aliases") && domain.CatchAll is null && !domain.CallAhead)
        {
            section.Error(null, "nobody knows the recipients of this domain: give Users, Aliases, CatchAll or CallAhead, or leave the domain out");
        }
    }

    private static bool Covers(DomainPattern ours, DomainPattern domain) =>
        ours == domain || (domain is DomainPattern.Exact exact ? ours.Matches(exact.Domain)
            : domain is DomainPattern.Suffix suffix && ours is not DomainPattern.Exact && ours.Matches(suffix.Parent));

    private static bool UserSource(string text, out RecipientSource source)
    {
        source = new RecipientSource.Auth();
        return text.Equals("auth", StringComparison.OrdinalIgnoreCase) || AliasSource(text, out source);
    }

    private static bool AliasSource(string text, out RecipientSource source)
    {
        source = new RecipientSource.Sql();
        if (text.Equals("sql", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (!text.StartsWith(FilePrefix, StringComparison.OrdinalIgnoreCase) || text.Length == FilePrefix.Length)
        {
            return false;
        }

        source = new RecipientSource.File(Path.GetFullPath(text[FilePrefix.Length..]));
        return true;
    }

    private static bool TryMailbox(string text, out Mailbox? mailbox) => Mailbox.TryParse(text, out mailbox);

    private static RecipientSqlSettings? Sql(SectionReader recipients)
    {
        if (!recipients.Has("Sql"))
        {
            return null;
        }

        var sql = recipients.Section("Sql");
        var settings = new RecipientSqlSettings(StorageReader.ConnectionString(sql, isNeeded: true), Query(sql, "UserQuery"), Query(sql, "AliasQuery"));
        settings = settings with
        {
            Timeout = sql.Duration("Timeout", TimeSpan.FromMilliseconds(100), s_longestWait) ?? settings.Timeout,
            PositiveTtl = sql.Duration("PositiveTtl", TimeSpan.Zero, s_week) ?? settings.PositiveTtl,
            NegativeTtl = sql.Duration("NegativeTtl", TimeSpan.Zero, s_week) ?? settings.NegativeTtl,
            CacheSize = sql.Number("CacheSize", 1, 10_000_000) ?? settings.CacheSize,
            Connections = sql.Number("Connections", 1, 1000) ?? settings.Connections,
        };
        sql.RejectUnknownKeys();
        return settings;
    }

    // Without a parameter the answer would be the same for everybody.
    private static string? Query(SectionReader sql, string key)
    {
        var query = sql.Text(key);
        if (query is not null && !query.Contains("@address", StringComparison.Ordinal) && !query.Contains("@local", StringComparison.Ordinal))
        {
            sql.Error(key, "must ask for @address, or for @local and @domain");
        }

        return query;
    }

    private static CallAheadSettings CallAhead(SectionReader section)
    {
        var defaults = new CallAheadSettings();
        var settings = new CallAheadSettings
        {
            PositiveTtl = section.Duration("PositiveTtl", TimeSpan.Zero, s_week) ?? defaults.PositiveTtl,
            NegativeTtl = section.Duration("NegativeTtl", TimeSpan.Zero, s_week) ?? defaults.NegativeTtl,
            Timeout = section.Duration("Timeout", s_second, s_longestWait) ?? defaults.Timeout,
            DefersWhenUnreachable = section.Value("WhenUnreachable", TryWhenUnreachable, "accept or defer", defaults.DefersWhenUnreachable),
            Connections = section.Number("Connections", 1, 1000) ?? defaults.Connections,
            CacheSize = section.Number("CacheSize", 1, 10_000_000) ?? defaults.CacheSize,
        };
        section.RejectUnknownKeys();
        return settings;
    }

    private static bool TryWhenUnreachable(string text, out bool defers)
    {
        defers = text.Equals("defer", StringComparison.OrdinalIgnoreCase);
        return defers || text.Equals("accept", StringComparison.OrdinalIgnoreCase);
    }

    private static void NeedQuery(
        SectionReader recipients,
        RecipientSettings settings,
        string key,
        string queryKey,
        Func<RecipientDomainSettings, ImmutableArray<RecipientSource>> sources,
        string? query)
    {
        if (query is null && settings.Domains.FirstOrDefault(domain => sources(domain).OfType<RecipientSource.Sql>().Any()) is { } user)
        {
            recipients.Error("Sql:" + queryKey, $"is missing, and {user.KeyPath}:{key} says sql");
        }
    }
}
