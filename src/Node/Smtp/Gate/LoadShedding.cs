using MtaCluster.Node.Configuration;

namespace MtaCluster.Node.Smtp.Gate;

/// <summary>How much memory of the machine, or of the container, is in use.</summary>
/// <param name="Load">The part in use, 0 to 1, when it was measured.</param>
internal readonly record struct MemoryLoad(double Load)
{
    /// <summary>As the last garbage collection found it.</summary>
    public static MemoryLoad Current
    {
        get
        {
            var info = GC.GetGCMemoryInfo(GCKind.Any);
            return new MemoryLoad(info.TotalAvailableMemoryBytes > 0 ? (double)info.MemoryLoadBytes / info.TotalAvailableMemoryBytes : 0);
        }
    }
}

/// <summary>
/// Whether new clients are to be sent away, for the node is under pressure: memory is short, or messages pile up before the store. Looks once a second. Thread-safe.
/// </summary>
internal sealed partial class LoadShedding : IDisposable
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>By how much the load must fall below the limit for clients to be let in again.</summary>
    public const double Relief = 0.03;

    private readonly InboundSettings _settings;
    private readonly Func<MemoryLoad> _memory;
    private readonly Action _measure;
    private readonly Func<int> _storeQueue;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly Lock _looking = new();
    private volatile bool _isShedding;

    /// <summary>Begins to look.</summary>
    /// <param name="settings">The limits.</param>
    /// <param name="memory">The memory in use, as it was measured last.</param>
    /// <param name="measure">Measures it anew.</param>
    /// <param name="storeQueue">Messages that wait for the store.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where the beginning and the end are told.</param>
    public LoadShedding(InboundSettings settings, Func<MemoryLoad> memory, Action measure, Func<int> storeQueue, TimeProvider time, ILogger log)
    {
        _settings = settings;
        _memory = memory;
        _measure = measure;
        _storeQueue = storeQueue;
        _log = log;
        _timer = time.CreateTimer(static shedding => ((LoadShedding)shedding!).Look(), this, LookInterval, LookInterval);
    }

    /// <summary>New clients are to be sent away.</summary>
    public bool IsShedding => _isShedding;

    /// <summary>For this process.</summary>
    public static LoadShedding Start(InboundSettings settings, Func<int> storeQueue, TimeProvider time, ILogger log) => new(
        settings,
        static () => MemoryLoad.Current,
        static () => GC.Collect(0, GCCollectionMode.Optimized, blocking: false),
        storeQueue,
        time,
        log);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_looking)
        {
            var memory = _memory();
            var queue = _storeQueue();
            var wasShedding = _isShedding;
            _isShedding = wasShedding
                ? IsOver(memory.Load, _settings.MemoryLimit - Relief) || queue > _settings.StoreQueueLimit / 2
                : IsOver(memory.Load, _settings.MemoryLimit) || queue > _settings.StoreQueueLimit;
            if (_isShedding && !wasShedding)
            {
                LogBegan(_log, memory.Load, queue);
            }
            else if (wasShedding && !_isShedding)
            {
                LogEnded(_log, memory.Load, queue);
            }

            // A process that sends its clients away allocates little: without this, the measurement that made it do so might stay the last one.
            if (_isShedding)
            {
                _measure();
            }
        }
    }

    private bool IsOver(double load, double limit) => _settings.MemoryLimit < 1 && load > limit;

    [LoggerMessage(2647, LogLevel.Warning, "New clients are sent away: memory in use {memory:P0}, messages before the store {storeQueue}", EventName = "SheddingBegan")]
    private static partial void LogBegan(ILogger logger, double memory, int storeQueue);

    [LoggerMessage(2648, LogLevel.Information, "New clients are let in again: memory in use {memory:P0}, messages before the store {storeQueue}", EventName = "SheddingEnded")]
    private static partial void LogEnded(ILogger logger, double memory, int storeQueue);
}
