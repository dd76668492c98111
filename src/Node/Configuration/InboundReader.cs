using System.Net;
using MtaCluster.Actors.Routing;

namespace MtaCluster.Node.Configuration;

/// <summary>Reads the section <c>Inbound</c>.</summary>
internal static class InboundReader
{
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMinutes(1);

    /// <summary>Reads it.</summary>
    public static InboundSettings Read(SectionReader inbound)
    {
        var defaults = new InboundSettings();
        var settings = new InboundSettings
        {
            Connections = inbound.Number("Connections", 1, 1_000_000) ?? defaults.Connections,
            ConnectionsPerClient = inbound.Number("ConnectionsPerClient", 1, 1_000_000) ?? defaults.ConnectionsPerClient,
            ConnectionRatePerClient = RatePer(inbound, "ConnectionRatePerClient"),
            MessageRatePerClient = RatePer(inbound, "MessageRatePerClient"),
            ExemptFrom = inbound.Values<IPNetwork>("ExemptFrom", Parsers.Network, Parsers.NetworkForm, []),
            EarlyTalkerDelay = inbound.Duration("EarlyTalkerDelay", TimeSpan.Zero, s_longestDelay) ?? defaults.EarlyTalkerDelay,
            Tarpit = Tarpit(inbound.Section("Tarpit")),
            MemoryLimit = inbound.Number("MemoryLimit", 0.5, 1.0) ?? defaults.MemoryLimit,
            StoreQueueLimit = inbound.Number("StoreQueueLimit", 1, 1_000_000) ?? defaults.StoreQueueLimit,
        };
        inbound.RejectUnknownKeys();
        return settings;
    }

    private static Rate? RatePer(SectionReader inbound, string key) =>
        inbound.Value<Rate?>(key, (string text, out Rate? rate) => Rate.TryParse(text, out rate), "N/s, N/m, N/h or N/d", null);

    private static TarpitSettings Tarpit(SectionReader tarpit)
    {
        var defaults = TarpitSettings.Default;
        var delay = tarpit.Duration("Delay", TimeSpan.Zero, s_longestDelay) ?? defaults.Delay;
        var maximum = tarpit.Duration("Maximum", TimeSpan.Zero, s_longestDelay);
        var settings = new TarpitSettings(
            tarpit.Number("After", 0, 10_000) ?? defaults.After, delay, maximum ?? (delay > defaults.Maximum ? delay : defaults.Maximum));
        if (maximum < delay)
        {
            tarpit.Error("Maximum", $"{maximum:c} is less than Delay, {delay:c}");
        }

        tarpit.RejectUnknownKeys();
        return settings;
    }
}
