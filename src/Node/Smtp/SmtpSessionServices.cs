using MtaCluster.Actors.Rates;
using MtaCluster.Node.Auth;
using MtaCluster.Node.Net.Tls;
using MtaCluster.Node.Policy;
using MtaCluster.Node.Smtp.Gate;
using MtaCluster.Protocol.Submission;

namespace MtaCluster.Node.Smtp;

/// <summary>What sessions work with beyond the store and the spools. What is null is not offered.</summary>
internal sealed record SmtpSessionServices
{
    /// <summary>For ETRN.</summary>
    public IQueueRuns? QueueRuns { get; init; }

    /// <summary>For STARTTLS.</summary>
    public TlsUpgrade? Tls { get; init; }

    /// <summary>For AUTH.</summary>
    public Authenticator? Authenticator { get; init; }

    /// <summary>Who else has a say.</summary>
    public PolicyChain? Policies { get; init; }

    /// <summary>Who is never delayed.</summary>
    public ConnectionGate? Gate { get; init; }

    /// <summary>How late replies to errors come.</summary>
    public Tarpit? Tarpit { get; init; }

    /// <summary>The rates that hold for the whole cluster.</summary>
    public IClusterRates? Rates { get; init; }

    /// <summary>What is done to submissions.</summary>
    public SubmissionRules Submissions { get; init; } = SubmissionRules.None;

    /// <summary>Whether users send with reverse-paths of their own only.</summary>
    public bool ChecksReversePath { get; init; } = true;
}
