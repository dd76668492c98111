using MtaCluster.Node.Auth;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Recipients;

/// <summary>The mailboxes of those who may authenticate: a user has the mailbox that it is named after.</summary>
internal sealed class AccountMailboxes(IUserDirectory users) : IUserSource
{
    /// <inheritdoc/>
    public async ValueTask<Presence> FindAsync(Mailbox mailbox, CancellationToken cancellationToken)
    {
        if (!UserName.TryCanonicalise(mailbox.ToString(), out var name))
        {
            return Presence.Unknown;
        }

        try
        {
            return await users.FindAsync(name, cancellationToken).ConfigureAwait(false) is null ? Presence.Unknown : Presence.Known;
        }
        catch (UserDirectoryException)
        {
            return Presence.Away;
        }
    }
}
