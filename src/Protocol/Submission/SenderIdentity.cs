using System.Collections.Immutable;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Submission;

/// <summary>As whom a user may send.</summary>
public sealed class SenderIdentity
{
    private readonly ImmutableArray<AddressPattern> _addresses;

    /// <summary>The identity of <paramref name="user"/>.</summary>
    public SenderIdentity(string user, ImmutableArray<AddressPattern> addresses)
    {
        User = user;
        _addresses = addresses;
    }

    /// <summary>The reply to a reverse-path that is somebody else's.</summary>
    public static SmtpReply ReversePathRefused { get; } =
        new(553, new EnhancedStatusCode(5, 7, 1), "Sender address is not one of yours");

    /// <summary>Who it is.</summary>
    public string User { get; }

    /// <summary>Whether the user may send as <paramref name="mailbox"/>.</summary>
    public bool Allows(Mailbox mailbox)
    {
        foreach (var address in _addresses)
        {
            if (address.Matches(mailbox))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the user may send with this reverse-path. Anybody may send a notification with the null one (RFC 8098 §3).</summary>
    public bool Allows(ReversePath reversePath)
    {
        ArgumentNullException.ThrowIfNull(reversePath);
        return reversePath.IsNull || Allows(reversePath.Mailbox);
    }
}
