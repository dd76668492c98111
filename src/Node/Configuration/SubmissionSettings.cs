using MtaCluster.Protocol.Submission;

namespace MtaCluster.Node.Configuration;

/// <summary>What is done to submissions: messages of users who authenticated, and of clients that may send to anybody.</summary>
/// <param name="ChecksReversePath">Whether a user may send with reverse-paths of his own only.</param>
/// <param name="Rules">What is done to their header sections, and to their senders.</param>
public sealed record SubmissionSettings(bool ChecksReversePath, SubmissionRules Rules)
{
    /// <summary>Users send as themselves.</summary>
    public static SubmissionSettings None { get; } = new(true, new SubmissionRules(AddressRewriter.None, FromRule.Own));
}
