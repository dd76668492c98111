using System.Collections.Concurrent;
using System.Text.Json;

namespace MtaCluster.Node.Telemetry;

/// <summary>Brings what is logged through <see cref="ILogger"/> to the <see cref="LogSink"/>: the event name and each named value as a key of its own.</summary>
internal sealed class SinkLoggerProvider(LogSink sink) : ILoggerProvider
{
    // The names in message templates are a small fixed set.
    private static readonly ConcurrentDictionary<string, string> s_keys = new(StringComparer.Ordinal);

    public ILogger CreateLogger(string categoryName) => new SinkLogger(sink, Shorten(categoryName));

    public void Dispose()
    {
    }

    private static string Shorten(string category) => category[(category.LastIndexOf('.') + 1)..];

    private sealed class SinkLogger(LogSink sink, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var record = sink.Begin(logLevel, category, eventId.Name ?? "Log");
            if (eventId.Name is null)
            {
                record.Add("message", formatter(state, exception));
            }

            if (state is IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                for (var i = 0; i < values.Count; i++)
                {
                    if (values[i].Key != "{OriginalFormat}")
                    {
                        record.AddObject(s_keys.GetOrAdd(values[i].Key, JsonNamingPolicy.CamelCase.ConvertName), values[i].Value);
                    }
                }
            }

            if (exception is not null)
            {
                record.Add("exception", exception.ToString());
            }

            sink.Commit(record);
        }
    }
}
