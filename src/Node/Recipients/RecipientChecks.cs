using System.Collections.Immutable;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Policy;

namespace MtaCluster.Node.Recipients;

/// <summary>The recipient checks of a node, as its configuration has them: the first rules of every policy chain.</summary>
internal sealed class RecipientChecks : IAsyncDisposable
{
    // Longer than all that the sources may take in a row: each has a limit of its own, and says afterwards that it is away.
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromMinutes(2);

    private readonly Dictionary<(string Path, AddressFileKind Kind), AddressFile> _files = [];
    private readonly SqlRecipients? _sql;
    private readonly CallAhead? _callAhead;

    /// <summary>Reads the files. Databases and next hops are asked when there is something to ask.</summary>
    /// <param name="settings">What to check.</param>
    /// <param name="accounts">Who may authenticate, for domains whose users they are; null if nobody can.</param>
    /// <param name="services">The way to next hops.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">The log.</param>
    /// <exception cref="ArgumentException">Accounts are needed, and there are none.</exception>
    public RecipientChecks(
        RecipientSettings settings, IUserSource? accounts, CallAheadServices services, TimeProvider time, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var log = loggers.CreateLogger<RecipientChecks>();
        _sql = settings.Sql is { } sql ? new SqlRecipients(sql, time, log) : null;
        _callAhead = settings.Domains.Any(domain => domain.CallAhead) ? new CallAhead(settings.CallAhead, services) : null;
        var domains = new RecipientDomains(settings.Domains.Select(domain => new RecipientDomain(domain.Domain)
        {
            Users = [.. domain.Users.Select(source => source switch
            {
                RecipientSource.File file => FileOf(file.Path, AddressFileKind.Users, time, log),
                RecipientSource.Sql => _sql!,
                _ => accounts ?? throw new ArgumentException($"{domain.Domain}: nobody can authenticate", nameof(accounts)),
            })],
            Aliases = [.. domain.Aliases.Select(source => source is RecipientSource.File file
                ? (IAliasSource)FileOf(file.Path, AddressFileKind.Aliases, time, log)
                : _sql!)],
            CatchAll = domain.CatchAll,
            PlusAddressing = domain.PlusAddressing,
            CallAhead = domain.CallAhead,
        }));
        var rules = ImmutableArray.CreateBuilder<PolicyRule>();
        if (settings.SingleRecipientReports)
        {
            rules.Add(new PolicyRule(new ReportPolicy(), s_timeLimit));
        }

        if (!settings.Domains.IsEmpty)
        {
            var resolver = new RecipientResolver(domains, _callAhead, settings.AcceptAbuse);
            rules.Add(new PolicyRule(new RecipientPolicy(resolver, loggers.CreateLogger<RecipientPolicy>()), s_timeLimit));
        }

        Rules = rules.ToImmutable();
    }

    /// <summary>The rules, in order.</summary>
    public ImmutableArray<PolicyRule> Rules { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _callAhead?.Dispose();
        if (_sql is not null)
        {
            await _sql.DisposeAsync().ConfigureAwait(false);
        }
    }

    private AddressFile FileOf(string path, AddressFileKind kind, TimeProvider time, ILogger log)
    {
        if (!_files.TryGetValue((path, kind), out var file))
        {
            file = _files[(path, kind)] = new AddressFile(path, kind, time, log);
        }

        return file;
    }
}
