using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Dispatch;
using Akka.Event;
using AkkaLogLevel = Akka.Event.LogLevel;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace MtaCluster.Node.Telemetry;

/// <summary>Gives the actor system the node's logger factory.</summary>
internal sealed class LoggerFactorySetup(ILoggerFactory factory) : Setup
{
    public ILoggerFactory Factory => factory;
}

/// <summary>
/// What the actor system logs with before its loggers start and after they have stopped: nothing, for a line that is not JSON would spoil
/// the log. Errors of a start reach the log as the exception that ends it.
/// </summary>
internal sealed class SilentLogger : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}

/// <summary>Brings the log of the actor system to that of the node.</summary>
internal sealed class AkkaLogBridge : UntypedActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly Microsoft.Extensions.Logging.ILogger _logger;

    public AkkaLogBridge()
    {
        var setup = Context.System.Settings.Setup.Get<LoggerFactorySetup>();
        _logger = setup.HasValue ? setup.Value.Factory.CreateLogger("Akka") : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent e:
                Write(e);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Write(LogEvent e)
    {
        var level = e.LogLevel() switch
        {
            AkkaLogLevel.DebugLevel => LogLevel.Debug,
            AkkaLogLevel.InfoLevel => LogLevel.Information,
            AkkaLogLevel.WarningLevel => LogLevel.Warning,
            _ => LogLevel.Error,
        };
        KeyValuePair<string, object?>[] values = [new("source", e.LogSource), new("message", e.Message.ToString())];
        _logger.Log(level, new EventId(0, "Actor"), values, e.Cause, static (state, _) => state[1].Value?.ToString() ?? string.Empty);
    }
}
