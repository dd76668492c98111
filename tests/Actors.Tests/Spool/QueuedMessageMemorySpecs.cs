using System.Globalization;
using MtaCluster.Actors.Routing;
using MtaCluster.Actors.Spool;
using MtaCluster.Actors.Storage;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

/// <summary>Specs that measure the memory of the process: nothing else runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryMeasurement
{
    public const string Name = "memory";
}

[Collection(MemoryMeasurement.Name)]
public sealed class QueuedMessageMemorySpecs
{
    private const int BytesPerWaitingMessage = 500;

    [Fact]
    public void A_waiting_message_costs_little_memory()
    {
        const int Messages = 20_000;
        Fill(100, out _, out _);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Fill(Messages, out var state, out var agenda);

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Messages;
        GC.KeepAlive(state);
        GC.KeepAlive(agenda);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{each} bytes per waiting message"));
        Assert.InRange(each, 1, BytesPerWaitingMessage);
    }

    // Each was tried once, has a reply that others share, waits for a time and is parked: as large as a waiting message gets.
    private static void Fill(int messages, out SpoolState state, out SpoolAgenda agenda)
    {
        var now = Mail.Start.ToUnixTimeMilliseconds();
        var destination = new DestinationKey("mx.example.net");
        state = new SpoolState();
        agenda = new SpoolAgenda(Mail.Schedule, now);
        for (var i = 0; i < messages; i++)
        {
            state.Apply(new SpoolTransition.Accepted(
                Mail.Id(i),
                string.Create(CultureInfo.InvariantCulture, $"bounces+{i}@lists.example.org"),
                [string.Create(CultureInfo.InvariantCulture, $"someone.{i}@example.net")],
                new BodyRef(1, i, 4096),
                false,
                Mail.Start));
            var message = state.Find(Mail.Id(i))!;
            agenda.MakeDue(message);
            agenda.TakeDue();
            state.Apply(Mail.Attempted(i, Mail.Deferred(0, Mail.Start.AddMinutes(5))));
            agenda.Park(destination, message);
            agenda.PutDown(message, now);
        }
    }
}
