using System.Text.Json;
using MtaCluster.Node.Admin.Palettes;
using MtaCluster.Node.Configuration;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin;

/// <summary>Runs a command that came over HTTP: finds it, checks who asks and what is asked, streams the replies, writes the audit log.</summary>
internal sealed class CommandRunner(Func<AdminServices?> services, ILogger log, CancellationToken stopping)
{
    /// <summary>Runs it.</summary>
    public async Task RunAsync(HttpContext http, Caller caller)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        if (await ReadAsync(http, ended.Token).ConfigureAwait(false) is not { } request)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, "this is not a request to run a command").ConfigureAwait(false);
            return;
        }

        if (Find(request) is not { } found)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, WhatIsUnknown(request)).ConfigureAwait(false);
            return;
        }

        var (command, name, words) = found;
        if (CommandArguments.Parse(command, words, out var error) is not { } arguments)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, error!).ConfigureAwait(false);
        }
        else if (command.Changes && caller.Role != AdminRole.Operator)
        {
            AdminLog.Forbidden(log, caller.Name, RoleOf(caller), caller.From, name, Join(words));
            await RefuseAsync(http, StatusCodes.Status403Forbidden, $"{caller.Name} is a viewer, and {name} takes an operator").ConfigureAwait(false);
        }
        else if (services() is not { } running)
        {
            await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, "the node is still starting").ConfigureAwait(false);
        }
        else if (command.Secret is { } secret && request.Secret is null)
        {
            http.Response.StatusCode = AdminProtocol.SecretNeeded;
            http.Response.ContentType = AdminProtocol.ReplyType;
            await new ReplyWriter(http.Response.Body, http.RequestAborted).AskAsync(secret, $"{name} takes a secret, which this pbm cannot ask for").ConfigureAwait(false);
        }
        else
        {
            http.Response.ContentType = AdminProtocol.ReplyType;
            var replies = new ReplyWriter(http.Response.Body, http.RequestAborted);
            var context = new CommandContext(running, arguments, caller, replies, ended.Token) { Secret = request.Secret };
            await RunAsync(command, name, words, context).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(Command command, string name, IReadOnlyList<string> words, CommandContext context)
    {
        var outcome = "interrupted";
        try
        {
            await command.Handler(context).ConfigureAwait(false);
            await context.ReportUnansweredAsync().ConfigureAwait(false);
            outcome = context.Failure ?? "done";
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            context.Fail("the node is stopping");
        }
        catch (OperationCanceledException)
        {
            // Whoever asked has gone: there is nobody to tell.
            return;
        }
        catch (Exception failure)
        {
            AdminLog.CommandFailed(log, failure, name);
            outcome = "failed";
            context.Fail($"{name} failed: {failure.Message}");
        }
        finally
        {
            if (command.Changes)
            {
                var caller = context.Caller;
                AdminLog.CommandRun(log, caller.Name, RoleOf(caller), caller.From, name, Join(words), outcome, context.Touched);
            }
        }

        await context.Replies.FinishAsync(context.Failure).ConfigureAwait(false);
    }

    private static async Task<RunRequest?> ReadAsync(HttpContext http, CancellationToken ended)
    {
        try
        {
            var request = await JsonSerializer.DeserializeAsync<RunRequest>(http.Request.Body, AdminProtocol.Json, ended).ConfigureAwait(false);
            return request is { Palette: not null, Command: not null, Arguments: not null } && !request.Arguments.Contains(null!) ? request : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // The second word may be a command or, where a palette is one by itself, its first argument: only this side knows.
    private static (Command Command, string Name, IReadOnlyList<string> Words)? Find(RunRequest request)
    {
        if (PaletteCatalogue.Find(request.Palette) is not { } palette)
        {
            return null;
        }

        if (palette.Find(request.Command) is { } command)
        {
            return (command, $"{palette.Name} {command.Name}".TrimEnd(), request.Arguments);
        }

        return palette.Find(AdminProtocol.Unnamed) is { } itself ? (itself, palette.Name, [request.Command, .. request.Arguments]) : null;
    }

    private static string WhatIsUnknown(RunRequest request)
    {
        if (PaletteCatalogue.Find(request.Palette) is not { } palette)
        {
            return $"there is no palette '{request.Palette}'; known are {string.Join(", ", PaletteCatalogue.All.Select(known => known.Name))}";
        }

        var known = string.Join(", ", palette.Commands.Select(command => command.Name));
        return request.Command.Length == 0
            ? $"{palette.Name} takes a command: {known}"
            : $"there is no command '{palette.Name} {request.Command}'; known are {known}";
    }

    private static Task RefuseAsync(HttpContext http, int status, string why)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = AdminProtocol.ReplyType;
        return new ReplyWriter(http.Response.Body, http.RequestAborted).FinishAsync(why);
    }

    private static string RoleOf(Caller caller) => caller.Role.ToString().ToLowerInvariant();

    private static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(word => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word));
}
