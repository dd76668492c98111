using System.Globalization;
using System.Text;
using MtaCluster.Node.Hosting;

namespace MtaCluster.Node.Admin;

/// <summary>What the admin endpoint answers: health, and counters in the Prometheus text format. Read only.</summary>
internal static class AdminEndpoints
{
    public static void Map(WebApplication app, MtaNode node)
    {
        app.MapGet("/health/live", () => Results.Text("live\n"));
        app.MapGet("/health/ready", () => node.Spools.Open.IsEmpty
            ? Results.Text("not ready: no spool is open\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("ready\n"));
        app.MapGet("/metrics", (string? collect) => Results.Text(Metrics(node, collect is "1" or "true"), "text/plain; version=0.0.4"));
    }

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
        Add("mta_managed_heap_bytes", "gauge", "Managed memory; with ?collect=1 after a full collection.", GC.GetTotalMemory(collect));
        return text.ToString();

        void Add(string name, string type, string help, long value) => text
            .Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n')
            .Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
