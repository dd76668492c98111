using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Routing;

/// <summary>
/// Turns a <see cref="HopPlan"/> into the connections to try: by preference, at random among equals, each host's IPv6 and IPv4
/// addresses by turns, our own listeners left out. Stateless; safe for any number of callers.
/// </summary>
public sealed class HopResolver
{
    /// <summary>More attempts than this for one delivery only waste time (RFC 5321 §5.1 asks for at least two).</summary>
    public const int MaximumAttempts = 10;

    /// <summary>Hosts beyond this are not looked up: a domain cannot make us ask the DNS without end.</summary>
    private const int MaximumHosts = 2 * MaximumAttempts;

    private readonly IMxResolver _resolver;
    private readonly FrozenSet<IPEndPoint> _listeners;
    private readonly FrozenSet<int> _wildcardPorts;
    private readonly FrozenSet<IPAddress> _localAddresses;

    /// <param name="resolver">The DNS.</param>
    /// <param name="listeners">Where this node listens for SMTP. A wildcard address stands for all loopback and local addresses.</param>
    /// <param name="localAddresses">The addresses of this machine.</param>
    public HopResolver(IMxResolver resolver, IEnumerable<IPEndPoint> listeners, IEnumerable<IPAddress> localAddresses)
    {
        _resolver = resolver;
        var own = listeners.Select(listener => new IPEndPoint(Plain(listener.Address), listener.Port)).ToArray();
        _listeners = own.ToFrozenSet();
        _wildcardPorts = own.Where(listener => IsWildcard(listener.Address)).Select(listener => listener.Port).ToFrozenSet();
        _localAddresses = localAddresses.Select(Plain).ToFrozenSet();
    }

    /// <summary>The attempts for one delivery.</summary>
    public async ValueTask<HopAddresses> AddressesAsync(HopPlan plan, Random random, CancellationToken cancellationToken)
    {
        if (plan.UnixPath is { } path)
        {
            return new HopAddresses.Found([new HopAttempt(path, new UnixDomainSocketEndPoint(path))]);
        }

        var hosts = InOrder(plan.Hosts, random);
        var answers = await Task.WhenAll(hosts.Select(host => LookUpAsync(host.Name, cancellationToken))).ConfigureAwait(false);
        var gathered = new Gathered { Ourselves = FirstOfOurs(hosts, answers, plan.Port) };
        for (var i = 0; i < hosts.Length; i++)
        {
            // RFC 5321 §5.1 again, now by address: from the host that is ourselves on, all would send the mail back.
            if (plan.IsConfigured || gathered.Ourselves is not { } own || hosts[i].Preference < own.Preference)
            {
                Gather(gathered, hosts[i].Name, plan.Port, answers[i], random);
            }
        }

        return Conclude(plan, gathered);
    }

    /// <summary>Whether a connection to <paramref name="endPoint"/> would come back to this node.</summary>
    public bool IsOurselves(IPEndPoint endPoint)
    {
        var address = Plain(endPoint.Address);
        return _listeners.Contains(new IPEndPoint(address, endPoint.Port))
            || (_wildcardPorts.Contains(endPoint.Port) && (IPAddress.IsLoopback(address) || _localAddresses.Contains(address)));
    }

    private static MxHost[] InOrder(ImmutableArray<MxHost> hosts, Random random)
    {
        var order = hosts.ToArray();
        if (order.Length > 1)
        {
            random.Shuffle(order);
            order = [.. order.OrderBy(host => host.Preference).Take(MaximumHosts)];
        }

        return order;
    }

    private Task<AddressResult> LookUpAsync(string host, CancellationToken cancellationToken) =>
        AddressLiteral.TryParseAddress(host, out var literal)
            ? Task.FromResult<AddressResult>(new AddressResult.Found([literal]))
            : _resolver.ResolveAddressesAsync(host, cancellationToken).AsTask();

    private MxHost? FirstOfOurs(MxHost[] hosts, AddressResult[] answers, int port)
    {
        for (var i = 0; i < hosts.Length; i++)
        {
            if (answers[i] is AddressResult.Found found && found.Addresses.Any(address => IsOurselves(new IPEndPoint(address, port))))
            {
                return hosts[i];
            }
        }

        return null;
    }

    private void Gather(Gathered gathered, string host, int port, AddressResult answer, Random random)
    {
        if (answer is AddressResult.Unknown unknown)
        {
            gathered.Unknown ??= $"the addresses of {host} are not known now: {unknown.Reason}";
        }
        else if (answer is AddressResult.Found found)
        {
            foreach (var address in Interleave(found.Addresses, random))
            {
                var endPoint = new IPEndPoint(address, port);
                if (gathered.Attempts.Count < MaximumAttempts && !IsOurselves(endPoint))
                {
                    gathered.Attempts.Add(new HopAttempt(host, endPoint));
                }
            }
        }
    }

    /// <summary>The families by turns, at random within each; a coin decides which begins. What is no host's address is left out.</summary>
    private static IEnumerable<IPAddress> Interleave(ImmutableArray<IPAddress> addresses, Random random)
    {
        var usable = addresses.Select(Plain).Where(IsUnicast).Distinct().ToArray();
        if (usable.Length < 2)
        {
            return usable;
        }

        random.Shuffle(usable);
        var first = random.Next(2) == 0 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var leading = usable.Where(address => address.AddressFamily == first).ToArray();
        var following = usable.Where(address => address.AddressFamily != first).ToArray();
        return leading.Select((address, i) => (address, turn: 2 * i))
            .Concat(following.Select((address, i) => (address, turn: (2 * i) + 1)))
            .OrderBy(item => item.turn)
            .Select(item => item.address);
    }

    private static HopAddresses Conclude(HopPlan plan, Gathered gathered)
    {
        if (gathered.Attempts.Count > 0)
        {
            return new HopAddresses.Found([.. gathered.Attempts]);
        }

        var name = plan.Hosts.IsEmpty ? "the next hop" : plan.Hosts[0].Name;
        if (gathered.Unknown is { } reason)
        {
            return new HopAddresses.Defer(new SmtpReply(451, new EnhancedStatusCode(4, 4, 3), $"No host can be tried: {reason}"));
        }

        if (gathered.Ourselves is { } own)
        {
            return new HopAddresses.Fail(
                new SmtpReply(554, new EnhancedStatusCode(5, 4, 6), $"{own.Name} is this host: the mail would loop"));
        }

        return plan.IsConfigured
            ? new HopAddresses.Defer(
                new SmtpReply(451, new EnhancedStatusCode(4, 3, 5), $"The route leads to {name}, which has no address"))
            : new HopAddresses.Fail(
                new SmtpReply(550, new EnhancedStatusCode(5, 4, 4), $"No mail exchanger has an address, {name} among them"));
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static bool IsUnicast(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return !IsWildcard(address) && !address.IsIPv6Multicast;
        }

        // 0.0.0.0/8 reaches the local host on Linux; 224.0.0.0 and above are multicast, reserved and broadcast.
        Span<byte> octets = stackalloc byte[4];
        return address.TryWriteBytes(octets, out _) && octets[0] is > 0 and < 224;
    }

    private sealed class Gathered
    {
        public List<HopAttempt> Attempts { get; } = new(MaximumAttempts);

        public string? Unknown { get; set; }

        public MxHost? Ourselves { get; init; }
    }
}
