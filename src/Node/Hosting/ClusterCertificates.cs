using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;
using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Hosting;

/// <summary>
/// The certificates by which the nodes of a cluster know each other. A peer is let in, and spoken to, only with a certificate of one of our
/// authorities; one that we connect to must also have the name, or the address, by which we reach it.
/// </summary>
internal static class ClusterCertificates
{
    private static readonly Oid s_serverAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid s_clientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>How the actor systems connect.</summary>
    public static DotNettySslSetup ToSetup(ClusterTlsSettings settings)
    {
        var authorities = LoadAuthorities(settings);
        return new DotNettySslSetup(
            LoadOwn(settings),
            suppressValidation: false,
            requireMutualAuthentication: true,
            (certificate, chain, peer, errors, log) => IsTrusted(certificate, chain, peer, errors, log, authorities));
    }

    /// <summary>What is wrong with the files: each key, and what it is. The other nodes would find it, too, but say it less clearly.</summary>
    public static IEnumerable<(string Key, string What)> Check(ClusterTlsSettings settings, string host, DateTimeOffset now)
    {
        var own = Try(() => LoadOwn(settings), File.Exists(settings.Key) ? nameof(settings.Certificate) : nameof(settings.Key), out var error);
        if (error is { } ownError)
        {
            yield return ownError;
        }

        var authorities = Try(() => LoadAuthorities(settings), nameof(settings.TrustedCertificates), out error);
        if (error is { } authoritiesError)
        {
            yield return authoritiesError;
        }

        using (own)
        {
            if (own is not null && now > own.NotAfter)
            {
                yield return (nameof(settings.Certificate), $"{settings.Certificate} has expired on {own.NotAfter.ToUniversalTime():u}");
            }
            else if (own is not null && authorities is not null && WhyNotTrusted(own, authorities, [], s_serverAuthentication, s_clientAuthentication) is { } reason)
            {
                yield return (nameof(settings.Certificate), $"{settings.Certificate} is not accepted by {settings.TrustedCertificates}: {reason}");
            }

            if (own?.MatchesHostname(host) == false)
            {
                yield return (nameof(settings.Certificate), $"{settings.Certificate} is not for {host}, by which the other nodes reach this one");
            }
        }
    }

    private static bool IsTrusted(
        X509Certificate2? certificate, X509Chain? chain, string peer, SslPolicyErrors errors, ILoggingAdapter log, X509Certificate2Collection authorities)
    {
        var policy = chain?.ChainPolicy;
        Oid[] purposes = policy is null ? [] : [.. policy.ApplicationPolicy];
        var reason = certificate is null ? "it has no certificate"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? $"its certificate ({certificate.Subject}) is for another host"
            : WhyNotTrusted(certificate, authorities, policy?.ExtraStore ?? [], purposes);
        if (reason is not null)
        {
            log.Warning("Node {0} is refused: {1}", peer, reason);
        }

        return reason is null;
    }

    // Our authorities alone count, not those of the machine, which anyone can get a certificate from.
    private static string? WhyNotTrusted(
        X509Certificate2 certificate, X509Certificate2Collection authorities, X509Certificate2Collection intermediates, params Oid[] purposes)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        foreach (var purpose in purposes)
        {
            chain.ChainPolicy.ApplicationPolicy.Add(purpose);
        }

        return chain.Build(certificate)
            ? null
            : string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct());
    }

    private static X509Certificate2 LoadOwn(ClusterTlsSettings settings) => X509Certificate2.CreateFromPemFile(settings.Certificate, settings.Key);

    private static X509Certificate2Collection LoadAuthorities(ClusterTlsSettings settings)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(settings.TrustedCertificates);
        return authorities.Count > 0
            ? authorities
            : throw new CryptographicException($"{settings.TrustedCertificates} holds no certificate");
    }

    private static T? Try<T>(Func<T> load, string key, out (string Key, string What)? error)
        where T : class
    {
        try
        {
            error = null;
            return load();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            error = (key, failure.Message);
            return null;
        }
    }
}
