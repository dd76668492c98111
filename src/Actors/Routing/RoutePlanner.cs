using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Routing;

/// <summary>
/// Decides where mail for a domain goes: by the first static route that matches, else by MX records (RFC 5321 §5.1). It never
/// routes to this host itself: where we are among the MX hosts, only those that are preferred to us remain. Stateless; safe for
/// any number of callers.
/// </summary>
public sealed class RoutePlanner
{
    private readonly IMxResolver _resolver;
    private readonly ImmutableArray<RouteRule> _routes;
    private readonly ShapingTable _shaping;
    private readonly string _hostname;
    private readonly int _smtpPort;

    /// <param name="resolver">The DNS.</param>
    /// <param name="routes">The static routes, in order. Where none matches, MX records decide.</param>
    /// <param name="shaping">The shaping rules, which split the destinations of a site.</param>
    /// <param name="hostname">The name of this host.</param>
    /// <param name="smtpPort">The usual port: what a hop without a port uses.</param>
    public RoutePlanner(IMxResolver resolver, ImmutableArray<RouteRule> routes, ShapingTable shaping, string hostname, int smtpPort = 25)
    {
        _resolver = resolver;
        _routes = routes;
        _shaping = shaping;
        _hostname = hostname.TrimEnd('.');
        _smtpPort = smtpPort;
    }

    /// <summary>
    /// Decides for one recipient domain: a domain name (A-labels or U-labels, any case) or an address literal in brackets.
    /// </summary>
    public ValueTask<RouteDecision> PlanAsync(string recipientDomain, CancellationToken cancellationToken)
    {
        if (AddressLiteral.TryParse(recipientDomain, out var address))
        {
            return PlanLiteralAsync(address, cancellationToken);
        }

        return DnsName.TryNormalize(recipientDomain, out var domain)
            ? PlanHopAsync(NextHopFor(domain), domain, cancellationToken)
            : Done(new RouteDecision.Fail(new SmtpReply(550, new EnhancedStatusCode(5, 1, 2), "Not a domain that mail can be sent to")));
    }

    private NextHop NextHopFor(string domain)
    {
        foreach (var route in _routes)
        {
            if (route.Domain.Matches(domain))
            {
                return route.NextHop;
            }
        }

        return NextHop.Mx.Instance;
    }

    /// <summary>An address literal goes to that address, unless the route for everything is another.</summary>
    private ValueTask<RouteDecision> PlanLiteralAsync(IPAddress address, CancellationToken cancellationToken)
    {
        foreach (var route in _routes)
        {
            if (route.Domain is DomainPattern.Any && route.NextHop is not NextHop.Mx)
            {
                return PlanHopAsync(route.NextHop, $"[{address}]", cancellationToken);
            }
        }

        return Done(ToFixed(address.ToString(), null, null, lmtp: false, isConfigured: false));
    }

    private ValueTask<RouteDecision> PlanHopAsync(NextHop hop, string domain, CancellationToken cancellationToken)
    {
        switch (hop)
        {
            case NextHop.MxOf of:
                return PlanMxAsync(of.Domain, of.PortNumber, isConfigured: true, domain, cancellationToken);
            case NextHop.Fixed to:
                return Done(ToFixed(to.Host, to.PortNumber, domain, lmtp: false, isConfigured: true));
            case NextHop.Lmtp to:
                return Done(ToFixed(to.Host, to.PortNumber, domain, lmtp: true, isConfigured: true));
            case NextHop.LmtpUnix to:
                var plan = new HopPlan([], 0, Lmtp: true, to.Path) { IsConfigured = true };
                return Done(new RouteDecision.ToDestination(Key(to.ToString(), domain), plan));
            default:
                return PlanMxAsync(domain, null, isConfigured: false, domain, cancellationToken);
        }
    }

    private RouteDecision.ToDestination ToFixed(string host, int? port, string? domain, bool lmtp, bool isConfigured)
    {
        var number = port ?? _smtpPort;
        var site = string.Create(CultureInfo.InvariantCulture, $"{(lmtp ? "lmtp:" : "")}[{host}]:{number}");
        var plan = new HopPlan([new MxHost(host, 0)], number, lmtp, null) { IsConfigured = isConfigured };
        return new RouteDecision.ToDestination(Key(site, domain), plan);
    }

    private ValueTask<RouteDecision> PlanMxAsync(
        string mxDomain, int? port, bool isConfigured, string domain, CancellationToken cancellationToken)
    {
        var answer = _resolver.ResolveMxAsync(mxDomain, cancellationToken);
        return answer.IsCompletedSuccessfully
            ? Done(Decide(answer.Result, mxDomain, port, isConfigured, domain))
            : Later(answer);

        async ValueTask<RouteDecision> Later(ValueTask<MxResult> pending) =>
            Decide(await pending.ConfigureAwait(false), mxDomain, port, isConfigured, domain);
    }

    private RouteDecision Decide(MxResult result, string mxDomain, int? port, bool isConfigured, string domain)
    {
        switch (result)
        {
            case MxResult.Found found:
                return ToHosts(found.Hosts, mxDomain, port, isConfigured, domain);
            case MxResult.Unknown unknown:
                return new RouteDecision.Defer(new SmtpReply(
                    451, new EnhancedStatusCode(4, 4, 3), $"The mail exchangers of {mxDomain} are not known now: {unknown.Reason}"));
            case MxResult.NullMx when !isConfigured:
                return new RouteDecision.Fail(new SmtpReply(
                    556, new EnhancedStatusCode(5, 1, 10), $"{mxDomain} accepts no mail (null MX)"));
            case MxResult.NoSuchDomain none when !isConfigured:
                return new RouteDecision.Fail(new SmtpReply(
                    550, new EnhancedStatusCode(5, 1, 2), $"{mxDomain} cannot receive mail: {none.Reason}"));
            default:
                return new RouteDecision.Defer(new SmtpReply(
                    451, new EnhancedStatusCode(4, 3, 5), $"The route for {domain} leads to {mxDomain}, which accepts no mail"));
        }
    }

    private RouteDecision ToHosts(ImmutableArray<MxHost> hosts, string mxDomain, int? port, bool isConfigured, string domain)
    {
        var ours = int.MaxValue;
        foreach (var host in hosts)
        {
            if (host.Preference < ours && string.Equals(host.Name, _hostname, StringComparison.OrdinalIgnoreCase))
            {
                ours = host.Preference;
            }
        }

        // RFC 5321 §5.1: hosts that are not preferred to us would send the mail back.
        var usable = ours == int.MaxValue ? hosts : [.. hosts.Where(host => host.Preference < ours)];
        if (usable.IsEmpty)
        {
            return new RouteDecision.Fail(new SmtpReply(
                554, new EnhancedStatusCode(5, 4, 6), $"Mail for {mxDomain} loops back to {_hostname}"));
        }

        var number = port ?? _smtpPort;
        var plan = new HopPlan(usable, number, Lmtp: false, null) { IsConfigured = isConfigured };
        return new RouteDecision.ToDestination(Key(SiteName.Of(usable, number == _smtpPort ? null : number), domain), plan);
    }

    private DestinationKey Key(string site, string? domain) => new(site, domain is null ? null : _shaping.RuleFor(domain));

    private static ValueTask<RouteDecision> Done(RouteDecision decision) => ValueTask.FromResult(decision);
}
