using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;

namespace MtaCluster.Node.Dns;

/// <summary>The addresses of this machine.</summary>
public static class LocalAddresses
{
    /// <summary>The unicast addresses of all network interfaces that are up; empty if the system does not say.</summary>
    public static ImmutableArray<IPAddress> Find()
    {
        try
        {
            return
            [
                .. NetworkInterface.GetAllNetworkInterfaces()
                    .Where(card => card.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
                    .SelectMany(card => card.GetIPProperties().UnicastAddresses)
                    .Select(unicast => unicast.Address)
                    .Distinct(),
            ];
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }
}
