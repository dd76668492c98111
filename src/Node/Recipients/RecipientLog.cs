using MtaCluster.Protocol.Address;

namespace MtaCluster.Node.Recipients;

/// <summary>What the recipient checks log. Event ids 2680 to 2689 are their own. Next: 2687.</summary>
internal static partial class RecipientLog
{
    [LoggerMessage(2680, LogLevel.Information, "{Path} was read: entries={Entries} octets={Octets}", EventName = "AddressFileRead")]
    internal static partial void AddressFileRead(this ILogger logger, string path, int entries, long octets);

    [LoggerMessage(2681, LogLevel.Error, "{Path} cannot be used, and {Outcome}: {Reason}", EventName = "AddressFileRefused")]
    internal static partial void AddressFileRefused(this ILogger logger, string path, string reason, string outcome);

    [LoggerMessage(2682, LogLevel.Error, "The database of recipients cannot be asked, and mail is deferred: {Database}", EventName = "RecipientDatabaseAway")]
    internal static partial void RecipientDatabaseAway(this ILogger logger, Exception exception, string database);

    [LoggerMessage(2683, LogLevel.Information, "The database of recipients answers again: {Database}", EventName = "RecipientDatabaseBack")]
    internal static partial void RecipientDatabaseBack(this ILogger logger, string database);

    [LoggerMessage(2684, LogLevel.Error, "<{Alias}> cannot be expanded, and mail to it is deferred: {Reason}", EventName = "AliasRefused")]
    internal static partial void AliasRefused(this ILogger logger, Mailbox alias, string reason);

    [LoggerMessage(2685, LogLevel.Warning, "The next hop could not be asked about <{Recipient}>: {Reason}", EventName = "CallAheadInconclusive")]
    internal static partial void CallAheadInconclusive(this ILogger logger, Mailbox recipient, string reason);

    [LoggerMessage(2686, LogLevel.Error, "The table of aliases says of <{Alias}> what is no address, and mail to it is deferred: {Reason}", EventName = "AliasRowRefused")]
    internal static partial void AliasRowRefused(this ILogger logger, string alias, string reason);
}
