using System.Net;
using System.Net.Sockets;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Hosting;
using MtaCluster.Node.Net.Tls;
using MtaCluster.Node.Recipients;

namespace MtaCluster.Node.Configuration;

/// <summary>
/// What the configuration says of this machine and its network, and is not so. Apart from the rest, for a configuration may be checked where
/// its files and names are not to be found.
/// </summary>
internal static class MachineChecks
{
    /// <summary>Adds an error, with the path of its key, for everything that is not so.</summary>
    public static void AddErrors(NodeSettings settings, List<string> errors)
    {
        foreach (var (key, what) in TlsCertificates.Check(settings.Tls))
        {
            errors.Add($"Mta:Tls:{key}: {what}");
        }

        if (settings.Cluster.Tls is { } tls)
        {
            foreach (var (key, what) in ClusterCertificates.Check(tls, settings.Cluster.Address.Host, DateTimeOffset.UtcNow))
            {
                errors.Add($"Mta:Cluster:Tls:{key}: {what}");
            }
        }
        else if (!IPAddress.TryParse(settings.Cluster.Address.Host, out _) && WhyNotPrivate(settings.Cluster.Address.Host) is { } reason)
        {
            errors.Add($"Mta:Cluster:Address: {reason}");
        }

        AddRecipientErrors(settings.Recipients, errors);
        AddAuthErrors(settings, errors);
    }

    // A file that many domains have is read once, and its errors stand with the first of them.
    private static void AddRecipientErrors(RecipientSettings recipients, List<string> errors)
    {
        var files = recipients.Domains
            .SelectMany(domain => Files(domain, "Users", AddressFileKind.Users, domain.Users).Concat(Files(domain, "Aliases", AddressFileKind.Aliases, domain.Aliases)))
            .DistinctBy(file => (file.Path, file.Kind));
        foreach (var (key, path, kind) in files)
        {
            errors.AddRange(AddressFile.Check(path, kind).Select(error => $"{key}: {path}: {error}"));
        }

        static IEnumerable<(string Key, string Path, AddressFileKind Kind)> Files(
            RecipientDomainSettings domain, string key, AddressFileKind kind, IEnumerable<RecipientSource> sources) =>
            sources.OfType<RecipientSource.File>().Select(file => ($"{domain.KeyPath}:{key}", file.Path, kind));
    }

    // Where nobody could log in, or no token be checked, a node does not start. A users file need not be there yet.
    private static void AddAuthErrors(NodeSettings settings, List<string> errors)
    {
        if (settings.Auth.Jwt is { } jwt)
        {
            Check("Jwt:KeysFile", () => TokenKeys.Read(jwt.KeysFile));
        }

        if (settings.Auth.UsersFile is { } users && File.Exists(users))
        {
            Check("UsersFile", () => UsersDocument.Parse(File.ReadAllBytes(users)));
        }

        void Check(string key, Action read)
        {
            try
            {
                read();
            }
            catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                errors.Add($"Mta:Auth:{key}: {failure.Message}");
            }
        }
    }

    private static string? WhyNotPrivate(string host)
    {
        try
        {
            var addresses = System.Net.Dns.GetHostAddresses(host);
            return addresses.FirstOrDefault(address => !PrivateNetworks.Contains(address)) is { } address
                ? $"{host} has the public address {address}: there, nodes speak to each other with Tls alone"
                : null;
        }
        catch (SocketException failure)
        {
            return $"{host} cannot be resolved ({failure.SocketErrorCode}), so its network may be public: use an address, or Tls";
        }
    }
}
