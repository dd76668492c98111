using System.Collections.Immutable;
using System.Net;
using DnsClient;
using DnsClient.Protocol;

namespace MtaCluster.Node.Dns;

/// <summary>What the servers said to one query. <paramref name="Failure"/> is null when the answer is to be believed.</summary>
internal sealed record DnsAnswer(bool Exists, IReadOnlyList<DnsResourceRecord> Records, TimeSpan NegativeTtl, string? Failure)
{
    /// <summary>No server gave an answer to be believed.</summary>
    public static DnsAnswer Failed(string reason) => new(false, [], TimeSpan.Zero, reason);
}

/// <summary>
/// Sends queries: to the server that answered last, then to the others. A server that reports a failure of its own is not asked the
/// same again; servers that stay silent are asked in every round. A truncated answer is asked for again over TCP.
/// </summary>
internal sealed class DnsQuerier : IDisposable
{
    /// <summary>Without a SOA record to say otherwise.</summary>
    private static readonly TimeSpan s_defaultNegativeTtl = TimeSpan.FromMinutes(1);

    private readonly LookupClient _client;
    private readonly ImmutableArray<NameServer> _servers;
    private readonly SemaphoreSlim _slots;
    private readonly int _rounds;
    private int _preferred;

    /// <summary>Takes the servers of the options, or the system's.</summary>
    public DnsQuerier(DnsMxResolverOptions options)
    {
        _servers = options.Servers.IsEmpty ? SystemServers() : [.. options.Servers.Select(server => new NameServer(server))];
        _rounds = options.Rounds;
        _slots = new SemaphoreSlim(options.MaximumConcurrentQueries);
        _client = new LookupClient(new LookupClientOptions([.. _servers])
        {
            AutoResolveNameServers = false,
            UseCache = false,
            Timeout = options.Timeout,
            Retries = 0,
            UseTcpFallback = true,
            ThrowDnsErrors = false,
            ContinueOnDnsError = false,
            ContinueOnEmptyResponse = false,
        });
    }

    /// <summary>Asks for one type of record. Never throws.</summary>
    public async Task<DnsAnswer> QueryAsync(string name, QueryType type)
    {
        await _slots.WaitAsync().ConfigureAwait(false);
        try
        {
            return await AskAllAsync(name, type).ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private static ImmutableArray<NameServer> SystemServers()
    {
        // DnsClient would fall back to a public resolver; where mail goes is not a stranger's business.
        var servers = NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false);
        return servers.Count > 0 ? [.. servers] : [new NameServer(new IPEndPoint(IPAddress.Loopback, 53))];
    }

    private async Task<DnsAnswer> AskAllAsync(string name, QueryType type)
    {
        var first = Volatile.Read(ref _preferred);
        var failure = "there is no DNS server";
        var isOutOfOrder = new bool[_servers.Length];
        for (var round = 0; round < _rounds; round++)
        {
            for (var i = 0; i < _servers.Length; i++)
            {
                var index = (first + i) % _servers.Length;
                if (isOutOfOrder[index])
                {
                    continue;
                }

                var (answer, hasSpoken) = await AskAsync(_servers[index], name, type).ConfigureAwait(false);
                if (answer.Failure is null)
                {
                    Volatile.Write(ref _preferred, index);
                    return answer;
                }

                failure = answer.Failure;
                isOutOfOrder[index] = hasSpoken;
            }
        }

        return DnsAnswer.Failed(failure);
    }

    private async Task<(DnsAnswer Answer, bool HasSpoken)> AskAsync(NameServer server, string name, QueryType type)
    {
        try
        {
            var response = await _client.QueryServerAsync([server], name + ".", type).ConfigureAwait(false);
            return response.Header.ResponseCode switch
            {
                DnsHeaderResponseCode.NoError => (new DnsAnswer(true, response.Answers, NegativeTtl(response), null), true),
                DnsHeaderResponseCode.NotExistentDomain => (new DnsAnswer(false, response.Answers, NegativeTtl(response), null), true),
                var code => (DnsAnswer.Failed($"DNS server {server} says {Text(code)} to {type} {name}"), true),
            };
        }
        catch (Exception failure) when (failure
            is DnsResponseException { Code: DnsResponseCode.ConnectionTimeout } or OperationCanceledException)
        {
            return (DnsAnswer.Failed($"DNS server {server} does not answer {type} {name}"), false);
        }
        catch (Exception failure)
        {
            // Sockets, malformed answers, anything: this server has no answer now, and that is all that counts.
            return (DnsAnswer.Failed($"DNS server {server} fails at {type} {name}: {failure.Message}"), false);
        }
    }

    private static string Text(DnsHeaderResponseCode code) => code switch
    {
        DnsHeaderResponseCode.ServerFailure => "SERVFAIL",
        DnsHeaderResponseCode.Refused => "REFUSED",
        DnsHeaderResponseCode.FormatError => "FORMERR",
        DnsHeaderResponseCode.NotImplemented => "NOTIMP",
        _ => code.ToString(),
    };

    /// <summary>RFC 2308 §5: the lesser of the SOA record's own TTL and its MINIMUM field.</summary>
    private static TimeSpan NegativeTtl(IDnsQueryResponse response)
    {
        foreach (var record in response.Authorities)
        {
            if (record is SoaRecord soa)
            {
                return TimeSpan.FromSeconds(Math.Min(soa.TimeToLive, soa.Minimum));
            }
        }

        return s_defaultNegativeTtl;
    }
}
