using System.Globalization;
using Microsoft.Extensions.Logging;

namespace MtaCluster.Node.Tests.Recipients;

/// <summary>Keeps what is logged: level, event id and text.</summary>
internal sealed class RecordedLog<T> : ILogger<T>
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{logLevel} {eventId.Id} {formatter(state, exception)}"));
        }
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
