using System.Buffers;

namespace MtaCluster.Node.Telemetry;

/// <summary>
/// Takes finished log lines from any thread and writes them from one of its own. A line costs its caller a copy, never a system call. If the
/// reader of our standard output stalls, lines are dropped and counted rather than mail being held up.
/// </summary>
internal sealed class LogSink : IDisposable
{
    private const int MaximumPending = 32 * 1024 * 1024;

    private static readonly TimeSpan s_gathering = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private readonly Stream _output;
    private readonly Func<LogRecord> _newRecord;
    private readonly TimeProvider _time;
    private readonly ThreadLocal<LogRecord> _record;
    private readonly AutoResetEvent _wanted = new(false);
    private readonly Thread _writer;
    private ArrayBufferWriter<byte> _pending = new(64 * 1024);
    private ArrayBufferWriter<byte> _writing = new(64 * 1024);
    private long _dropped;
    private volatile bool _disposed;

    public LogSink(Stream output, bool forPeople, TimeProvider time)
    {
        _output = output;
        _time = time;
        _newRecord = forPeople ? () => new TextLogRecord() : () => new JsonLogRecord();
        _record = new ThreadLocal<LogRecord>(_newRecord);
        _writer = new Thread(Run) { IsBackground = true, Name = "log" };
        _writer.Start();
    }

    /// <summary>Begins a line on this thread; <see cref="Commit"/> ends it.</summary>
    public LogRecord Begin(LogLevel level, string category, string eventName)
    {
        var record = _record.Value!;
        record.Begin(_time.GetUtcNow(), level, category, eventName);
        return record;
    }

    public void Commit(LogRecord record)
    {
        record.End();
        bool wasEmpty;
        lock (_lock)
        {
            wasEmpty = _pending.WrittenCount == 0;
            if (_pending.WrittenCount > MaximumPending)
            {
                _dropped++;
                return;
            }

            _pending.Write(record.Line);
        }

        if (wasEmpty)
        {
            _wanted.Set();
        }
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _wanted.Set();
        if (_writer.Join(TimeSpan.FromSeconds(2)))
        {
            _wanted.Dispose();
        }
    }

    private void Run()
    {
        while (true)
        {
            _wanted.WaitOne();
            if (!_disposed)
            {
                // Lines gather meanwhile: one write for many, and no thread that wakes for each.
                Thread.Sleep(s_gathering);
            }

            while (TakePending())
            {
                Write();
            }

            if (_disposed)
            {
                return;
            }
        }
    }

    private bool TakePending()
    {
        long dropped;
        lock (_lock)
        {
            (_pending, _writing) = (_writing, _pending);
            dropped = _dropped;
            _dropped = 0;
        }

        if (dropped > 0)
        {
            using var record = _newRecord();
            record.Begin(_time.GetUtcNow(), LogLevel.Warning, nameof(LogSink), "LogLinesDropped");
            record.Add("lines", dropped);
            record.End();
            _writing.Write(record.Line);
        }

        return _writing.WrittenCount > 0;
    }

    private void Write()
    {
        try
        {
            _output.Write(_writing.WrittenSpan);
            _output.Flush();
        }
        catch (IOException)
        {
            // Nobody reads our output any more; there is nowhere to say so.
        }

        _writing.ResetWrittenCount();
    }
}
