using System.Globalization;
using System.Text;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Node.Admin.Palettes;
using MtaCluster.Node.Hosting;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin;

/// <summary>
/// What the admin endpoint answers: health, and counters in the Prometheus text format, to anyone; the palettes and their commands to those
/// with a token.
/// </summary>
internal static class AdminEndpoints
{
    public static void Map(WebApplication app, MtaNode node, AdminTokens tokens, ILogger log)
    {
        app.MapGet("/health/live", () => Results.Text("live\n"));
        app.MapGet("/health/ready", () => Ready(node.Readiness));
        app.MapGet("/metrics", (string? collect) => Results.Text(Metrics(node, collect is "1" or "true"), "text/plain; version=0.0.4"));

        var runner = new CommandRunner(() => node.Admin, log, app.Lifetime.ApplicationStopping);
        app.MapGet(AdminProtocol.PalettesPath, http => Known(http, _ => http.Response.WriteAsJsonAsync(PaletteCatalogue.Descriptions, AdminProtocol.Json)));
        app.MapPost(AdminProtocol.RunPath, http => Known(http, caller => runner.RunAsync(http, caller)));

        Task Known(HttpContext http, Func<Caller, Task> serve)
        {
            var from = $"{http.Connection.RemoteIpAddress}:{http.Connection.RemotePort.ToString(CultureInfo.InvariantCulture)}";
            var authorization = http.Request.Headers.Authorization is [{ } header] ? header : null;
            if (tokens.Find(authorization) is { } who)
            {
                return serve(new Caller(who.Name, who.Role, from));
            }

            AdminLog.Refused(log, from, http.Request.Path, authorization is null ? "without a token" : "with a token that is nobody's");
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return Task.CompletedTask;
        }
    }

    private static IResult Ready(NodeReadiness readiness) => readiness.Reasons is { IsEmpty: false } reasons
        ? Results.Text(string.Concat(reasons.Select(reason => $"not ready: {reason}\n")), statusCode: StatusCodes.Status503ServiceUnavailable)
        : Results.Text("ready\n");

    // A full collection costs a pause; asked for, it tells what is really held.
    private static string Metrics(MtaNode node, bool collect)
    {
        var text = new StringBuilder();
        Add("mta_queue_messages", "gauge", "Messages queued on this node.", node.Spools.QueuedMessages);
        Add("mta_inbound_connections", "gauge", "Open inbound sessions.", node.Inbound?.Count ?? 0);
        Add("mta_accepted_total", "counter", "Messages made durable, DSNs included.", node.Counters.AcceptedMessages);
        Add("mta_delivered_total", "counter", "Recipients delivered.", node.Counters.DeliveredRecipients);
        Add("mta_deferred_total", "counter", "Attempts that were deferred, per recipient.", node.Counters.DeferredAttempts);
        Add("mta_bounced_total", "counter", "Recipients bounced.", node.Counters.BouncedRecipients);
        Add("mta_remote_messages_total", "counter", "Messages of ours sent to other nodes.", RemoteTraffic.Messages);
        Add("mta_managed_heap_bytes", "gauge", "Managed memory; with ?collect=1 after a full collection.", GC.GetTotalMemory(collect));
        return text.ToString();

        void Add(string name, string type, string help, long value) => text
            .Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n')
            .Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
