using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using MtaCluster.Actors.Routing;
using MtaCluster.Node.Auth;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Sasl;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp;

/// <summary>Which policy holds for which client of one listener. They are few, and made once.</summary>
internal sealed class SmtpPolicies
{
    private const string SuffixMark = "*.";

    // What is bound to TLS is offered where the certificate defines a binding; whether it does, is known after the handshake.
    private static readonly AuthenticationContext s_clear = new(IPAddress.None, string.Empty, IsTlsActive: false, Bindings: null);
    private static readonly AuthenticationContext s_secure = new(IPAddress.None, string.Empty, IsTlsActive: true, new ChannelBindings(default, new byte[32]));

    private readonly ImmutableArray<string> _clearMechanisms;
    private readonly ImmutableArray<string> _tlsMechanisms;
    private readonly bool _offersTls;
    private readonly FrozenSet<string> _relayCertificates;
    private readonly ClientNetworks _relayNetworks;
    private readonly ClientNetworks _xclientNetworks;
    private readonly ClientNetworks _xforwardNetworks;
    private readonly ImmutableArray<DomainPattern> _queueRunDomains;

    // By (may relay, may say XCLIENT, may say XFORWARD).
    private readonly SmtpServerPolicy[] _policies;

    /// <exception cref="ArgumentException">A domain or the hostname is not a domain name.</exception>
    internal SmtpPolicies(SmtpListenerOptions options, SmtpSessionServices services)
    {
        QueueRuns = services.QueueRuns;
        var authenticator = options.OffersAuth ? services.Authenticator : null;
        _clearMechanisms = authenticator?.Mechanisms(s_clear) ?? [];
        _tlsMechanisms = authenticator?.Mechanisms(s_secure) ?? [];
        _offersTls = services.Tls is not null && options.OffersStartTls;
        _relayCertificates = options.RelayForCertificates.ToFrozenSet(StringComparer.Ordinal);
        _relayNetworks = new ClientNetworks(options.RelayFrom);
        _xclientNetworks = new ClientNetworks(options.XClientFrom);
        _xforwardNetworks = new ClientNetworks(options.XForwardFrom);
        _queueRunDomains = options.QueueRunDomains;
        var ours = Only(options.LocalDomains.Concat(options.RelayDomains));
        _policies = [.. Enumerable.Range(0, 8).Select(index => Make(
            options, (index & 1) != 0 ? RelayRule.Everybody : ours, (index & 2) != 0, (index & 4) != 0))];
    }

    /// <summary>Runs the queue for ETRN; null if nobody does.</summary>
    internal IQueueRuns? QueueRuns { get; }

    /// <summary>The policy for a client.</summary>
    /// <param name="peer">Who is at the other end of the connection.</param>
    /// <param name="client">For whom it speaks.</param>
    /// <param name="user">Who that has proved to be, or null.</param>
    /// <param name="certificate">The fingerprint of the certificate that it has shown, or null.</param>
    internal SmtpServerPolicy For(IPAddress peer, IPAddress client, string? user, string? certificate)
    {
        var mayRelay = user is not null || _relayNetworks.Contains(client) || (certificate is not null && _relayCertificates.Contains(certificate));
        var index = (mayRelay ? 1 : 0)
            | (_xclientNetworks.Contains(peer) ? 2 : 0)
            | (_xforwardNetworks.Contains(peer) ? 4 : 0);
        return _policies[index];
    }

    /// <summary>Whether ETRN may be said for <paramref name="domain"/>.</summary>
    internal bool MayRunQueueOf(string domain) => _queueRunDomains.Any(pattern => pattern.Matches(domain));

    private SmtpServerPolicy Make(SmtpListenerOptions options, RelayRule relay, bool xclient, bool xforward) => new(options.Hostname, relay)
    {
        MaximumMessageSize = options.MaximumMessageSize,
        MaximumRecipients = options.MaximumRecipients,
        MaximumErrors = options.MaximumErrors,
        MaximumMessagesPerSession = options.MaximumMessagesPerSession,
        MaximumHops = options.MaximumHops,
        MaximumLineLength = options.MaximumLineLength,
        MaximumHold = options.MaximumHold,
        MayRaisePriority = relay.IsRelayClient,
        Lmtp = options.Lmtp,
        RequireAuth = options.RequireAuth,
        RequireTls = options.RequireTls,
        Mechanisms = _clearMechanisms,
        TlsMechanisms = _tlsMechanisms,
        Extensions = ServerExtensions.Standard
            | (_offersTls ? ServerExtensions.StartTls : ServerExtensions.None)
            | (_clearMechanisms.IsEmpty && _tlsMechanisms.IsEmpty ? ServerExtensions.None : ServerExtensions.Auth)
            | (options.MaximumHold > TimeSpan.Zero ? ServerExtensions.FutureRelease : ServerExtensions.None)
            | (options.QueueRunDomains.IsEmpty ? ServerExtensions.None : ServerExtensions.Etrn)
            | (xclient ? ServerExtensions.XClient : ServerExtensions.None)
            | (xforward ? ServerExtensions.XForward : ServerExtensions.None),
    };

    private static RelayRule Only(IEnumerable<string> domains)
    {
        var ours = domains.ToLookup(domain => domain.StartsWith(SuffixMark, StringComparison.Ordinal));
        return RelayRule.Only(ours[false].Select(Canonical), ours[true].Select(domain => Canonical(domain[SuffixMark.Length..])));
    }

    private static string Canonical(string domain) => MailDomain.TryParse(domain, out var canonical)
        ? canonical.Text
        : throw new ArgumentException($"'{domain}' is not a domain name.", nameof(domain));
}
