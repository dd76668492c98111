using System.Collections.Immutable;
using MtaCluster.Actors.Routing;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Configuration;

/// <summary>Which recipients there are.</summary>
public sealed record RecipientSettings
{
    /// <summary>No domain is checked.</summary>
    public static RecipientSettings None { get; } = new();

    /// <summary>The domains that are checked, each pattern once.</summary>
    public ImmutableArray<RecipientDomainSettings> Domains { get; init; } = [];

    /// <summary>Tables of recipients; null if no domain uses any.</summary>
    public RecipientSqlSettings? Sql { get; init; }

    /// <summary>How next hops are asked.</summary>
    public CallAheadSettings CallAhead { get; init; } = new();

    /// <summary>Whether abuse is there in every domain, as postmaster is.</summary>
    public bool AcceptAbuse { get; init; }

    /// <summary>Whether a message with the null reverse-path may have one recipient only.</summary>
    public bool SingleRecipientReports { get; init; } = true;
}

/// <summary>Where the recipients of a domain are known.</summary>
/// <param name="Domain">The domain, or all below one.</param>
/// <param name="KeyPath">Where this stands in the configuration, for errors.</param>
public sealed record RecipientDomainSettings(DomainPattern Domain, string KeyPath)
{
    /// <summary>Who knows the mailboxes.</summary>
    public ImmutableArray<RecipientSource> Users { get; init; } = [];

    /// <summary>Who knows the aliases.</summary>
    public ImmutableArray<RecipientSource> Aliases { get; init; } = [];

    /// <summary>Who gets what is for nobody; null for no one.</summary>
    public Mailbox? CatchAll { get; init; }

    /// <summary>Whether <c>user+tag</c> is <c>user</c>'s.</summary>
    public bool PlusAddressing { get; init; }

    /// <summary>Whether the next hop is asked about those that nobody else knows.</summary>
    public bool CallAhead { get; init; }
}

/// <summary>Who knows recipients.</summary>
public abstract record RecipientSource
{
    private RecipientSource()
    {
    }

    /// <summary>A file, by its absolute path.</summary>
    public sealed record File(string Path) : RecipientSource;

    /// <summary>The tables of <see cref="RecipientSettings.Sql"/>.</summary>
    public sealed record Sql : RecipientSource;

    /// <summary>Those who may authenticate.</summary>
    public sealed record Auth : RecipientSource;
}

/// <summary>Tables of recipients.</summary>
/// <param name="ConnectionString">How to connect. Holds a password, and is logged nowhere.</param>
/// <param name="UserQuery">Gives a row if a mailbox is there; null if no domain needs it.</param>
/// <param name="AliasQuery">Gives what an address stands for, one or more in the first column of each row; null if no domain needs it.</param>
public sealed record RecipientSqlSettings(string ConnectionString, string? UserQuery, string? AliasQuery)
{
    /// <summary>How long a question may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long it is remembered that something is there.</summary>
    public TimeSpan PositiveTtl { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long it is remembered that something is not there.</summary>
    public TimeSpan NegativeTtl { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Answers remembered, of users and of aliases each.</summary>
    public int CacheSize { get; init; } = 100_000;

    /// <summary>Connections to the database.</summary>
    public int Connections { get; init; } = 8;
}

/// <summary>How next hops are asked about recipients.</summary>
public sealed record CallAheadSettings
{
    /// <summary>How long it is remembered that a recipient is there.</summary>
    public TimeSpan PositiveTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long it is remembered that one is not there.</summary>
    public TimeSpan NegativeTtl { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a question may take in all, from the look-up of the next hop on.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether a recipient is deferred whose next hop gives no answer; otherwise it is taken.</summary>
    public bool DefersWhenUnreachable { get; init; }

    /// <summary>Questions asked at once.</summary>
    public int Connections { get; init; } = 10;

    /// <summary>Answers remembered.</summary>
    public int CacheSize { get; init; } = 10_000;
}
