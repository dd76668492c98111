using System.Net.NetworkInformation;
using System.Net.Sockets;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Configuration;

/// <summary>The name of this machine, as far as it can be known without asking the network.</summary>
internal static class MachineName
{
    private const string Unknown = "localhost.localdomain";

    /// <summary>The fully qualified name, or <c>localhost.localdomain</c>.</summary>
    public static string Find()
    {
        try
        {
            var host = System.Net.Dns.GetHostName();
            if (!host.Contains('.', StringComparison.Ordinal))
            {
                host = $"{host}.{IPGlobalProperties.GetIPGlobalProperties().DomainName}";
            }

            return DnsName.TryNormalize(host, out var name) && name.Contains('.', StringComparison.Ordinal) ? name : Unknown;
        }
        catch (Exception failure) when (failure is SocketException or NetworkInformationException)
        {
            return Unknown;
        }
    }
}
