using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Smtp.Gate;
using MtaCluster.Node.Tests.Storage.PostgreSql;
using Xunit;

namespace MtaCluster.Node.Tests.Smtp.Gate;

public sealed class LoadSheddingSpecs
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger _log = new();
    private double _load;
    private int _queue;
    private int _measured;

    [Fact]
    public void Clients_are_sent_away_while_memory_is_short_and_until_there_is_some_to_spare()
    {
        using var shedding = Start(new InboundSettings { MemoryLimit = 0.9 });
        Assert.Equal([false, true, true, true, false], new[] { 0.9, 0.91, 0.89, 0.88, 0.86 }.Select(load => Look(shedding, load, 0)));

        Assert.True(_log.Has("SheddingBegan"));
        Assert.True(_log.Has("SheddingEnded"));
    }

    [Fact]
    public void Clients_are_sent_away_while_messages_pile_up_before_the_store()
    {
        using var shedding = Start(new InboundSettings { StoreQueueLimit = 100 });
        Assert.Equal([false, true, true, false], new[] { 100, 101, 51, 50 }.Select(queue => Look(shedding, 0, queue)));
    }

    [Fact]
    public void Memory_is_measured_anew_only_while_its_last_measurement_keeps_clients_out()
    {
        using var shedding = Start(new InboundSettings { MemoryLimit = 0.9 });
        Look(shedding, 0.5, 0);
        Assert.Equal(0, _measured);
        Look(shedding, 0.95, 0);
        Look(shedding, 0.95, 0);
        Assert.Equal(2, _measured);
        Look(shedding, 0.5, 0);
        Assert.Equal(2, _measured);
    }

    [Fact]
    public void A_limit_of_one_is_none()
    {
        using var shedding = Start(new InboundSettings { MemoryLimit = 1 });
        Assert.False(Look(shedding, 1.5, 0));
    }

    [Fact]
    public void This_process_is_measured_between_nothing_and_everything()
    {
        GC.Collect();
        Assert.InRange(MemoryLoad.Current.Load, double.Epsilon, 1);
    }

    private LoadShedding Start(InboundSettings settings) => new(settings, () => new MemoryLoad(_load), () => _measured++, () => _queue, _time, _log);

    private bool Look(LoadShedding shedding, double load, int queue)
    {
        (_load, _queue) = (load, queue);
        _time.Advance(LoadShedding.LookInterval);
        return shedding.IsShedding;
    }
}
