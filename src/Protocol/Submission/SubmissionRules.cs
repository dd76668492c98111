using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Submission;

/// <summary>What a From field that is not the user's own means.</summary>
public enum FromRule
{
    /// <summary>Nothing.</summary>
    Any,

    /// <summary>A Sender field says who really sent the message (RFC 6409 §8.1).</summary>
    AddSender,

    /// <summary>The message is refused.</summary>
    Own,
}

/// <summary>Why a submission cannot be taken.</summary>
public enum SubmissionFault
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The header section has more octets than are looked at, so nobody knows what it says.</summary>
    HeaderTooLong,

    /// <summary>A From field names somebody that the user may not send as, or nobody.</summary>
    ForeignFrom,
}

/// <summary>What is done to the header section of submissions.</summary>
/// <param name="Rewriter">What becomes of the addresses of senders.</param>
/// <param name="From">What a foreign From field means, for users that have an identity.</param>
public sealed record SubmissionRules(AddressRewriter Rewriter, FromRule From)
{
    /// <summary>The header section is left as it is, but for a From field where there is none.</summary>
    public static SubmissionRules None { get; } = new(AddressRewriter.None, FromRule.Any);

    /// <summary>The most octets of a header section that are looked at.</summary>
    public int MaximumHeader { get; init; } = 256 * 1024;

    /// <summary>The reply to a message that cannot be taken.</summary>
    public static SmtpReply Refusal(SubmissionFault fault) => fault switch
    {
        SubmissionFault.HeaderTooLong => new SmtpReply(552, new EnhancedStatusCode(5, 3, 4), "Header section too big"),
        SubmissionFault.ForeignFrom => new SmtpReply(550, new EnhancedStatusCode(5, 7, 1), "The From field names an address that is not one of yours"),
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };
}

/// <summary>Who submits a message.</summary>
/// <param name="ReversePath">The reverse-path, as it was given.</param>
/// <param name="Identity">As whom the user may send; null for a client that may send as anybody.</param>
public sealed record Submitter(ReversePath ReversePath, SenderIdentity? Identity);
