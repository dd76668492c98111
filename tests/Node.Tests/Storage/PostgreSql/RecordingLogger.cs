using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MtaCluster.Node.Tests.Storage.PostgreSql;

/// <summary>Keeps what is logged, and lets a test wait for an event.</summary>
internal sealed class RecordingLogger : ILogger, ILoggerFactory
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _events = new();

    /// <summary>The first line of an event, once there is one.</summary>
    public Task<string> WaitForAsync(string name) => Event(name).Task.WaitAsync(TimeSpan.FromSeconds(60));

    public bool Has(string name) => Event(name).Task.IsCompleted;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Event(eventId.Name ?? string.Empty).TrySetResult($"{logLevel}: {formatter(state, exception)}");

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    private TaskCompletionSource<string> Event(string name) =>
        _events.GetOrAdd(name, _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
}
