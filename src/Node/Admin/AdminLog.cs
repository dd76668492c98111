namespace MtaCluster.Node.Admin;

/// <summary>What the admin endpoint writes to the log. The ids are kept for ever: docs/logs.md.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(2100, LogLevel.Information, "{who} ({role}) at {from} ran {command} {arguments}: {outcome}, {touched} touched", EventName = "AdminCommand")]
    internal static partial void CommandRun(
        ILogger logger, string who, string role, string from, string command, string arguments, string outcome, long touched);

    [LoggerMessage(2101, LogLevel.Warning, "{from} asked for {path} {reason}", EventName = "AdminRefused")]
    internal static partial void Refused(ILogger logger, string from, string path, string reason);

    [LoggerMessage(2102, LogLevel.Warning, "{who} ({role}) at {from} may not run {command} {arguments}", EventName = "AdminForbidden")]
    internal static partial void Forbidden(ILogger logger, string who, string role, string from, string command, string arguments);

    [LoggerMessage(2103, LogLevel.Information, "A token for pbm on this machine is in {path}", EventName = "AdminTokenCreated")]
    internal static partial void TokenCreated(ILogger logger, string path);

    [LoggerMessage(2104, LogLevel.Warning, "{path} can be read by others than its owner: whoever reads it is an operator", EventName = "AdminTokenExposed")]
    internal static partial void TokenExposed(ILogger logger, string path);

    [LoggerMessage(2105, LogLevel.Error, "{command} failed", EventName = "AdminCommandFailed")]
    internal static partial void CommandFailed(ILogger logger, Exception exception, string command);
}
