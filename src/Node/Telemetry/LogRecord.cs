using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MtaCluster.Node.Telemetry;

/// <summary>One log line while it is being built. Used by one thread, over and over.</summary>
internal abstract class LogRecord : IDisposable
{
    protected ArrayBufferWriter<byte> Buffer { get; } = new(1024);

    public ReadOnlySpan<byte> Line => Buffer.WrittenSpan;

    public abstract void Begin(DateTimeOffset time, LogLevel level, string category, string eventName);

    public abstract void Add(string key, string? value);

    public abstract void Add(string key, long value);

    public abstract void Add(string key, double value);

    public abstract void Add(string key, bool value);

    public abstract void End();

    public virtual void Dispose()
    {
    }

    public void AddObject(string key, object? value)
    {
        switch (value)
        {
            case null:
                Add(key, (string?)null);
                break;
            case string text:
                Add(key, text);
                break;
            case bool flag:
                Add(key, flag);
                break;
            case int or long or short or byte or uint or ushort or sbyte:
                Add(key, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double or float or decimal:
                Add(key, Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case DateTimeOffset time:
                Add(key, time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
                break;
            default:
                Add(key, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    protected static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "critical",
    };
}

/// <summary>A line of JSON: what machines read. Text from outside is escaped, so a line is a line.</summary>
internal sealed class JsonLogRecord : LogRecord
{
    private static readonly JsonWriterOptions s_options = new() { SkipValidation = true };
    private readonly Utf8JsonWriter _writer;

    public JsonLogRecord()
    {
        _writer = new Utf8JsonWriter(Buffer, s_options);
    }

    public override void Begin(DateTimeOffset time, LogLevel level, string category, string eventName)
    {
        Buffer.ResetWrittenCount();
        _writer.Reset(Buffer);
        _writer.WriteStartObject();
        _writer.WriteString("time"u8, time.UtcDateTime);
        _writer.WriteString("level"u8, NameOf(level));
        _writer.WriteString("event"u8, eventName);
        _writer.WriteString("logger"u8, category);
    }

    public override void Add(string key, string? value) => _writer.WriteString(key, value);

    public override void Add(string key, long value) => _writer.WriteNumber(key, value);

    public override void Add(string key, double value) => _writer.WriteNumber(key, value);

    public override void Add(string key, bool value) => _writer.WriteBoolean(key, value);

    public override void End()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        Buffer.Write("\n"u8);
    }

    public override void Dispose()
    {
        base.Dispose();
        _writer.Dispose();
    }
}

/// <summary>A line for a person at a terminal.</summary>
internal sealed class TextLogRecord : LogRecord
{
    public override void Begin(DateTimeOffset time, LogLevel level, string category, string eventName)
    {
        Buffer.ResetWrittenCount();
        Write(time.LocalDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture));
        Write(" ");
        Write(NameOf(level));
        Write(" ");
        Write(eventName);
    }

    public override void Add(string key, string? value)
    {
        if (value is not null)
        {
            Write(" ");
            Write(key);
            Write("=");
            WriteValue(value);
        }
    }

    public override void Add(string key, long value) => Add(key, value.ToString(CultureInfo.InvariantCulture));

    public override void Add(string key, double value) => Add(key, value.ToString("0.######", CultureInfo.InvariantCulture));

    public override void Add(string key, bool value) => Add(key, value ? "true" : "false");

    public override void End() => Buffer.Write("\n"u8);

    // Foreign text must not move the cursor or begin a line.
    private void WriteValue(string value)
    {
        var quoted = value.AsSpan().IndexOfAny(" \"=") >= 0 || value.Length == 0;
        if (quoted)
        {
            Write("\"");
        }

        foreach (var c in value)
        {
            Write(c == '\n' ? " | " : char.IsControl(c) ? "?" : c.ToString());
        }

        if (quoted)
        {
            Write("\"");
        }
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, Buffer);
}
