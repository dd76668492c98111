using MtaCluster.Testing.Peers;

namespace MtaCluster.Pbm.Tests.Cluster;

/// <summary>
/// A running cluster of one node or several, that sends all mail to <see cref="NextHop"/>, and tries again after an hour. The specs run against any.
/// </summary>
public interface IClusterUnderTest
{
    /// <summary>The admin endpoints of all nodes, host:port.</summary>
    IReadOnlyList<string> AdminAddresses { get; }

    /// <summary>The cluster addresses of all nodes, host:port.</summary>
    IReadOnlyList<string> ClusterAddresses { get; }

    /// <summary>How many spools it has.</summary>
    int Spools { get; }

    /// <summary>The destination that all mail goes to.</summary>
    string Destination { get; }

    /// <summary>pbm with a token of an operator named olga.</summary>
    PbmRun Operator { get; }

    /// <summary>pbm with a token of a viewer named victor.</summary>
    PbmRun Viewer { get; }

    /// <summary>pbm with a token of nobody; null is without one.</summary>
    PbmRun With(string? token);

    /// <summary>Connects to a node's SMTP port.</summary>
    Task<RawSmtpClient> ConnectAsync();

    /// <summary>Waits for a line with this text in the log of a node.</summary>
    Task<string> WaitForLogAsync(string text);

    /// <summary>Waits until so much mail has arrived at the next hop, for recipients that begin so.</summary>
    Task WaitForDeliveriesAsync(string localPart, int count);
}
