using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MtaCluster.Actors;
using MtaCluster.Actors.Telemetry;
using MtaCluster.Node.Telemetry;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Node.Tests.Telemetry;

public sealed partial class LogSinkSpecs
{
    private static readonly QueueId s_id = QueueId.Create(DateTimeOffset.UnixEpoch.AddYears(56), 3);

    [Fact]
    public void A_delivery_is_one_line_of_JSON_with_its_ids_reply_and_delays()
    {
        var line = JsonDocument.Parse(Assert.Single(Lines(forPeople: false, sink => new MailLog(sink).Attempted(Attempt("ok"))))).RootElement;
        Assert.Equal("Delivered", line.GetProperty("event").GetString());
        Assert.Equal(s_id.ToString(), line.GetProperty("queueId").GetString());
        Assert.Equal("out-1", line.GetProperty("connectionId").GetString());
        Assert.Equal("mx.example[192.0.2.1:25]", line.GetProperty("nextHop").GetString());
        Assert.Equal("250 2.0.0 ok", line.GetProperty("reply").GetString());
        Assert.Equal(1.5, line.GetProperty("queueDelay").GetDouble());
        Assert.Equal(0.25, line.GetProperty("transmissionDelay").GetDouble());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Foreign_text_never_makes_a_second_line(bool forPeople)
        => Assert.Single(Lines(forPeople, sink => new MailLog(sink).Attempted(Attempt("forged\r\n{\"event\":\"Delivered\"}\u001b[2J\n"))));

    [Fact]
    public void Control_characters_do_not_reach_a_terminal()
    {
        var line = Assert.Single(Lines(forPeople: true, sink => new MailLog(sink).Attempted(Attempt("\u001b[2Jx"))));
        Assert.DoesNotContain('\u001b', line);
    }

    [Fact]
    public void Named_values_of_a_template_become_keys_in_camel_case_and_the_event_has_its_name()
    {
        var line = JsonDocument.Parse(Assert.Single(Lines(forPeople: false, sink =>
        {
            using var provider = new SinkLoggerProvider(sink);
            LogSample(provider.CreateLogger("Some.Category"), s_id, 7);
        }))).RootElement;
        Assert.Equal("Sample", line.GetProperty("event").GetString());
        Assert.Equal("Category", line.GetProperty("logger").GetString());
        Assert.Equal(s_id.ToString(), line.GetProperty("queueId").GetString());
        Assert.Equal(7, line.GetProperty("count").GetInt32());
    }

    [Fact]
    public void All_lines_of_all_threads_arrive_whole()
    {
        const int threads = 4;
        const int each = 2_000;
        var lines = Lines(forPeople: false, sink =>
        {
            var log = new MailLog(sink);
            Parallel.For(0, threads, _ =>
            {
                for (var i = 0; i < each; i++)
                {
                    log.Attempted(Attempt("ok"));
                }
            });
        });
        Assert.Equal(threads * each, lines.Length);
        Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
    }

    private static DeliveryAttempt Attempt(string text) => new(
        s_id,
        "out-1",
        "a@b.example",
        "c@d.example",
        "d.example",
        "mx.example[192.0.2.1:25]",
        null,
        OutcomeKind.Delivered,
        new SmtpReply(250, new EnhancedStatusCode(2, 0, 0), text),
        1,
        null,
        new DeliveryDelays(TimeSpan.FromSeconds(1.5), TimeSpan.Zero, TimeSpan.FromSeconds(0.25)));

    private static string[] Lines(bool forPeople, Action<LogSink> write)
    {
        using var output = new MemoryStream();
        using (var sink = new LogSink(output, forPeople, TimeProvider.System))
        {
            write(sink);
        }

        return Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [LoggerMessage(9999, LogLevel.Information, "{QueueId} {Count}", EventName = "Sample")]
    private static partial void LogSample(ILogger logger, QueueId queueId, int count);
}
