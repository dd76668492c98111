using System.Collections.Immutable;
using Npgsql;

namespace MtaCluster.Node.Configuration;

/// <summary>Reads the section <c>Mta:Storage</c>.</summary>
internal static class StorageReader
{
    /// <summary>As many as fit into the references of message bodies.</summary>
    private const int MaximumDatabases = 1000;

    /// <summary>Reads the section for a cluster of so many spools.</summary>
    public static StorageSettings Read(SectionReader storage, int spools)
    {
        var isPostgreSql = storage.Value("Provider", TryProvider, "Embedded or PostgreSql", false);
        var settings = new StorageSettings(
            storage.Number("BodyCacheBytes", 0L, 1L << 40) ?? 64 * 1024 * 1024,
            storage.Number("SegmentBytes", 1024L * 1024, 1L << 34) ?? 64 * 1024 * 1024)
        {
            PostgreSql = PostgreSql(storage, isPostgreSql, spools),
        };
        storage.RejectUnknownKeys();
        return settings;
    }

    private static bool TryProvider(string text, out bool isPostgreSql)
    {
        isPostgreSql = text.Equals("PostgreSql", StringComparison.OrdinalIgnoreCase);
        return isPostgreSql || text.Equals("Embedded", StringComparison.OrdinalIgnoreCase);
    }

    private static PostgreSqlSettings? PostgreSql(SectionReader storage, bool isPostgreSql, int spools)
    {
        var connectionString = ConnectionString(storage, isPostgreSql);
        var further = Databases(storage, spools);
        var allow = storage.Flag("AllowAsynchronousCommit", false);
        if (isPostgreSql)
        {
            var rest = Enumerable.Range(0, spools).Where(spool => !further.Any(database => database.Spools.Contains(spool)));
            return new PostgreSqlSettings([new DatabaseSettings(connectionString, SpoolSet.Of(rest)), .. further], allow);
        }

        if (further.Length > 0)
        {
            storage.Error("Databases", "Embedded storage has none; say Provider: PostgreSql, or leave the list out");
        }

        return null;
    }

    private static ImmutableArray<DatabaseSettings> Databases(SectionReader storage, int spools)
    {
        var databases = ImmutableArray.CreateBuilder<DatabaseSettings>();
        foreach (var section in storage.Sections("Databases"))
        {
            var set = section.Required<SpoolSet>("Spools", SpoolSet.TryParse, SpoolSet.Form) ?? SpoolSet.Empty;
            var connectionString = ConnectionString(section, isNeeded: true);
            section.RejectUnknownKeys();
            if (set.Numbers.Count > 0 && set.Numbers[^1] >= spools)
            {
                section.Error("Spools", $"there are {spools} spools, the last is {spools - 1}");
            }

            if (set.Numbers.Where(spool => databases.Any(other => other.Spools.Contains(spool))).ToList() is { Count: > 0 } twice)
            {
                section.Error("Spools", $"another database has {SpoolSet.Of(twice)}");
            }

            databases.Add(new DatabaseSettings(connectionString, set));
        }

        if (databases.Count > MaximumDatabases)
        {
            storage.Error("Databases", $"at most {MaximumDatabases}");
        }

        return databases.ToImmutable();
    }

    /// <summary>Reads how to connect to a database. What is wrong with it is not quoted: it may hold a password.</summary>
    internal static string ConnectionString(SectionReader section, bool isNeeded)
    {
        const string key = "ConnectionString";
        if (section.Text(key) is not { } text)
        {
            if (isNeeded)
            {
                section.Error(key, "is missing; expected is one such as Host=db.example.net;Database=mta;Username=mta;Password=…");
            }

            return string.Empty;
        }

        try
        {
            if (string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(text).Host))
            {
                section.Error(key, "names no Host");
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            section.Error(key, "is no connection string of PostgreSQL: Host=…;Database=…;Username=…;Password=…");
        }

        return text;
    }
}
