using System.Collections.Immutable;
using System.Net;
using DnsClient;
using DnsClient.Protocol;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Dns;

/// <summary>
/// Answers from the DNS, and from its own cache for as long as the records' TTL says: between 5 seconds and a day; negative answers
/// by RFC 2308, up to an hour; failures for 15 seconds.
/// </summary>
/// <remarks>
/// MX records that cannot be used are left out: hosts that are no host names, or that are addresses (RFC 1035 §3.3.9 wants a name). A
/// host that is an alias is let through: RFC 5321 §5.1 forbids it, and senders take it all the same. <c>localhost</c> is never asked
/// for (RFC 6761 §6.3).
/// </remarks>
public sealed class DnsMxResolver : IMxResolver, IDisposable
{
    private const int MaximumAliases = 8;

    /// <summary>Hosts kept of one MX record set, the most preferred.</summary>
    private const int MaximumHosts = 64;

    private static readonly TimeSpan s_minimumTtl = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_maximumTtl = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_maximumNegativeTtl = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_failureTtl = TimeSpan.FromSeconds(15);

    private static readonly AddressResult s_localhost = new AddressResult.Found([IPAddress.IPv6Loopback, IPAddress.Loopback]);

    private readonly DnsQuerier _querier;
    private readonly AnswerCache<MxResult> _exchangers;
    private readonly AnswerCache<AddressResult> _addresses;

    /// <summary>Does no I/O yet.</summary>
    public DnsMxResolver(DnsMxResolverOptions options, TimeProvider? time = null)
    {
        _querier = new DnsQuerier(options);
        _exchangers = new AnswerCache<MxResult>(LookUpMxAsync, options.MaximumCachedAnswers, time ?? TimeProvider.System);
        _addresses = new AnswerCache<AddressResult>(LookUpAddressesAsync, options.MaximumCachedAnswers, time ?? TimeProvider.System);
    }

    /// <summary>Answers in the cache, of both kinds.</summary>
    internal int CachedAnswers => _exchangers.Count + _addresses.Count;

    /// <inheritdoc/>
    public ValueTask<MxResult> ResolveMxAsync(string domain, CancellationToken cancellationToken = default) =>
        DnsName.TryNormalize(domain, out var name)
            ? _exchangers.GetAsync(name, cancellationToken)
            : ValueTask.FromResult<MxResult>(new MxResult.NoSuchDomain("it is not a domain name"));

    /// <inheritdoc/>
    public ValueTask<AddressResult> ResolveAddressesAsync(string host, CancellationToken cancellationToken = default)
    {
        if (!DnsName.TryNormalize(host, out var name))
        {
            return ValueTask.FromResult<AddressResult>(new AddressResult.NoSuchHost("it is not a host name"));
        }

        return name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal)
            ? ValueTask.FromResult(s_localhost)
            : _addresses.GetAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _querier.Dispose();

    private async Task<(MxResult Answer, TimeSpan Ttl)> LookUpMxAsync(string domain)
    {
        var answer = await QueryChainAsync(domain, QueryType.MX).ConfigureAwait(false);
        if (answer.Failure is { } failure)
        {
            return (new MxResult.Unknown(failure), s_failureTtl);
        }

        if (!answer.Exists)
        {
            return (new MxResult.NoSuchDomain("the domain does not exist"), Negative(answer));
        }

        var records = answer.Records.OfType<MxRecord>().ToArray();
        return records.Length > 0 ? FromRecords(records, answer) : await ImplicitAsync(domain, answer).ConfigureAwait(false);
    }

    private static (MxResult Answer, TimeSpan Ttl) FromRecords(MxRecord[] records, DnsAnswer answer)
    {
        var ttl = Positive(answer);
        if (records.All(record => IsRoot(record.Exchange)))
        {
            return (new MxResult.NullMx(), ttl);
        }

        var hosts = ImmutableArray.CreateBuilder<MxHost>(records.Length);
        foreach (var record in records.OrderBy(record => record.Preference))
        {
            if (hosts.Count < MaximumHosts && !IsRoot(record.Exchange)
                && DnsName.TryNormalize(record.Exchange.Value, out var host) && !IPAddress.TryParse(host, out _)
                && !hosts.Any(other => other.Name == host))
            {
                hosts.Add(new MxHost(host, record.Preference));
            }
        }

        return hosts.Count > 0
            ? (new MxResult.Found(hosts.ToImmutable(), IsImplicit: false), ttl)
            : (new MxResult.NoSuchDomain("its MX records name no host"), ttl);
    }

    /// <summary>RFC 5321 §5.1: without an MX record, the domain is its own mail exchanger if it has an address.</summary>
    private async Task<(MxResult Answer, TimeSpan Ttl)> ImplicitAsync(string domain, DnsAnswer noMx)
    {
        var (addresses, ttl) = await _addresses.GetWithTtlAsync(domain).ConfigureAwait(false);
        var shorter = TimeSpan.FromTicks(Math.Clamp(Math.Min(ttl.Ticks, Negative(noMx).Ticks), s_minimumTtl.Ticks, s_maximumTtl.Ticks));
        return addresses switch
        {
            AddressResult.Found => (new MxResult.Found([new MxHost(domain, 0)], IsImplicit: true), shorter),
            AddressResult.NoSuchHost => (new MxResult.NoSuchDomain("the domain has neither an MX record nor an address"), shorter),
            AddressResult.Unknown unknown => (new MxResult.Unknown(unknown.Reason), s_failureTtl),
            _ => (new MxResult.Unknown("there is no answer"), s_failureTtl),
        };
    }

    private async Task<(AddressResult Answer, TimeSpan Ttl)> LookUpAddressesAsync(string host)
    {
        var both = await Task.WhenAll(QueryChainAsync(host, QueryType.AAAA), QueryChainAsync(host, QueryType.A)).ConfigureAwait(false);
        var (six, four) = (both[0], both[1]);
        ImmutableArray<IPAddress> addresses =
            [.. six.Records.Concat(four.Records).OfType<AddressRecord>().Select(record => record.Address).Distinct()];
        var failure = six.Failure ?? four.Failure;
        if (!addresses.IsEmpty)
        {
            // With one family missing the answer is good for now, and asked for again soon.
            return (new AddressResult.Found(addresses), failure is null ? Shorter(Kept(six), Kept(four)) : s_failureTtl);
        }

        if (failure is not null)
        {
            return (new AddressResult.Unknown(failure), s_failureTtl);
        }

        var reason = six.Exists || four.Exists ? "the host has no address" : "the host does not exist";
        return (new AddressResult.NoSuchHost(reason), Shorter(Kept(six), Kept(four)));
    }

    /// <summary>
    /// Queries, and goes along aliases that the server has not followed itself (RFC 1034 §3.6.2). The records of the answer are those
    /// of the wanted type, and the aliases on the way, whose TTLs count too.
    /// </summary>
    private async Task<DnsAnswer> QueryChainAsync(string name, QueryType type)
    {
        var aliases = new List<DnsResourceRecord>();
        var current = name;
        for (var step = 0; step <= MaximumAliases; step++)
        {
            var answer = await _querier.QueryAsync(current, type).ConfigureAwait(false);
            if (answer.Failure is not null || !answer.Exists)
            {
                return answer;
            }

            var target = Follow(answer.Records, current, aliases);
            if (target is null)
            {
                return DnsAnswer.Failed($"an alias of {name} leads nowhere");
            }

            var wanted = answer.Records.Where(r => (int)r.RecordType == (int)type && SameName(r.DomainName, target)).ToList();
            if (wanted.Count > 0 || target == current)
            {
                return answer with { Records = [.. wanted, .. aliases] };
            }

            current = target;
        }

        return DnsAnswer.Failed($"{name} has too many aliases, or a circle of them");
    }

    /// <summary>The name at the end of the aliases in an answer, or null where they lead to no domain name.</summary>
    private static string? Follow(IReadOnlyList<DnsResourceRecord> records, string name, List<DnsResourceRecord> aliases)
    {
        for (var step = 0; step <= MaximumAliases; step++)
        {
            var alias = records.OfType<CNameRecord>().FirstOrDefault(record => SameName(record.DomainName, name));
            if (alias is null)
            {
                return name;
            }

            aliases.Add(alias);
            if (!DnsName.TryNormalize(alias.CanonicalName.Value, out var target))
            {
                return null;
            }

            name = target;
        }

        return null;
    }

    private static bool SameName(DnsString record, string name) =>
        record.Value.AsSpan().TrimEnd('.').Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool IsRoot(DnsString name) => name.Value is "." or "";

    /// <summary>How long an answer may be kept, be it positive or negative.</summary>
    private static TimeSpan Kept(DnsAnswer answer) =>
        answer.Failure is not null ? s_failureTtl
        : answer.Exists && answer.Records.Any(record => record is not CNameRecord) ? Positive(answer)
        : Negative(answer);

    private static TimeSpan Positive(DnsAnswer answer)
    {
        var seconds = answer.Records.Min(record => record.TimeToLive);
        return TimeSpan.FromSeconds(Math.Clamp(seconds, s_minimumTtl.TotalSeconds, s_maximumTtl.TotalSeconds));
    }

    private static TimeSpan Negative(DnsAnswer answer) => TimeSpan.FromTicks(
        Math.Clamp(answer.NegativeTtl.Ticks, s_minimumTtl.Ticks, s_maximumNegativeTtl.Ticks));

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
