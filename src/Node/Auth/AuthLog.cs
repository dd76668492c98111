using System.Net;

namespace MtaCluster.Node.Auth;

/// <summary>What authentication writes to the log: who and from where, never with what. The ids are kept for ever: docs/logs.md.</summary>
internal static partial class AuthLog
{
    [LoggerMessage(2600, LogLevel.Information, "{user} logged in by {mechanism} from {client} ({connectionId})", EventName = "AuthSucceeded")]
    internal static partial void Succeeded(ILogger logger, string connectionId, IPAddress client, string user, string mechanism);

    [LoggerMessage(2601, LogLevel.Warning, "{user} did not log in by {mechanism} from {client} ({connectionId}): {reason}", EventName = "AuthFailed")]
    internal static partial void Failed(ILogger logger, string connectionId, IPAddress client, string? user, string mechanism, string reason);

    [LoggerMessage(2602, LogLevel.Warning, "{user} may not try {mechanism} from {client} ({connectionId}) now: too many failures", EventName = "AuthLockedOut")]
    internal static partial void LockedOut(ILogger logger, string connectionId, IPAddress client, string? user, string mechanism);

    [LoggerMessage(2603, LogLevel.Error, "Whether {user} may log in by {mechanism} from {client} ({connectionId}) cannot be told: {reason}", EventName = "AuthUnavailable")]
    internal static partial void Unavailable(ILogger logger, string connectionId, IPAddress client, string? user, string mechanism, string reason);

    [LoggerMessage(2604, LogLevel.Information, "{path} has {users} users", EventName = "UsersFileLoaded")]
    internal static partial void UsersFileLoaded(ILogger logger, string path, int users);

    [LoggerMessage(2605, LogLevel.Error, "{path} cannot be used, and the users stay as they were: {reason}", EventName = "UsersFileBad")]
    internal static partial void UsersFileBad(ILogger logger, string path, string reason);

    [LoggerMessage(2606, LogLevel.Warning, "{path} can be read by others than its owner: whoever reads it can guess passwords at leisure", EventName = "UsersFileExposed")]
    internal static partial void UsersFileExposed(ILogger logger, string path);

    [LoggerMessage(2607, LogLevel.Information, "{path} has {keys} keys to check tokens with", EventName = "TokenKeysLoaded")]
    internal static partial void TokenKeysLoaded(ILogger logger, string path, int keys);

    [LoggerMessage(2608, LogLevel.Error, "{path} cannot be used, and the keys stay as they were: {reason}", EventName = "TokenKeysBad")]
    internal static partial void TokenKeysBad(ILogger logger, string path, string reason);
}
