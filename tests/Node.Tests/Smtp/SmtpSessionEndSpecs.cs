using System.IO.Pipelines;
using Xunit;

namespace MtaCluster.Node.Tests.Smtp;

public sealed class SmtpSessionEndSpecs
{
    [Fact]
    public async Task A_draining_node_says_421_to_an_idle_session()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        await session.ExpectAsync("EHLO c\r\n", "250");
        session.Connections.Drain();
        await session.ExpectAsync("421 4.3.2");
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_draining_node_says_421_to_a_new_session()
    {
        await using var session = new SmtpTestSession();
        session.Connections.Drain();
        Assert.StartsWith("421 4.3.2", await session.StartAsync(), StringComparison.Ordinal);
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_transaction_in_hand_finishes_while_the_node_drains()
    {
        await using var session = new SmtpTestSession();
        await session.StartTransactionAsync();
        session.Connections.Drain();
        await session.ExpectAsync("RCPT TO:<w@y.org>\r\n", "250");
        await session.ExpectAsync("DATA\r\n", "354");
        await session.ExpectAsync("x\r\n.\r\n", "250 2.0.0 Ok: queued as");
        await session.ExpectAsync("421 4.3.2");
        await session.ExpectCloseAsync();
        Assert.Single(session.Connections.Messages);
    }

    [Fact]
    public async Task A_drain_that_begins_within_the_data_closes_after_it()
    {
        await using var session = new SmtpTestSession();
        await session.StartTransactionAsync();
        await session.ExpectAsync("DATA\r\n", "354");
        session.Connections.Drain();
        await session.ExpectAsync("x\r\n.\r\nMAIL FROM:<>\r\n", "250 2.0.0 Ok: queued as");
        await session.ExpectAsync("421 4.3.2");
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_client_that_is_silent_for_too_long_is_told_so()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        session.Time.Advance(TimeSpan.FromMinutes(5));
        await session.ExpectAsync("421 4.4.2");
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task Each_reply_gives_the_client_its_time_again()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            session.Time.Advance(TimeSpan.FromMinutes(4));
            await session.ExpectAsync("NOOP\r\n", "250");
        }

        session.Time.Advance(TimeSpan.FromMinutes(5));
        await session.ExpectAsync("421 4.4.2");
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task Single_octets_do_not_stretch_the_time_for_a_command()
    {
        await using var session = new SmtpTestSession();
        await session.StartAsync();
        for (var i = 0; i < 4; i++)
        {
            session.Time.Advance(TimeSpan.FromMinutes(1));
            await session.SendAsync("N");
        }

        session.Time.Advance(TimeSpan.FromMinutes(1));
        await session.ExpectAsync("421 4.4.2");
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task Within_a_message_the_time_for_data_holds()
    {
        await using var session = new SmtpTestSession();
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Store.OnFlush = _ => stored.TrySetResult();
        await session.StartTransactionAsync();
        await session.ExpectAsync("DATA\r\n", "354");
        await session.SendAsync("Subject: x\r\n\r\n");
        await stored.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        session.Time.Advance(TimeSpan.FromMinutes(9));
        await session.ExpectAsync(".\r\n", "250 2.0.0 Ok: queued as");
        session.Time.Advance(TimeSpan.FromMinutes(5));
        await session.ExpectAsync("421 4.4.2");
        await session.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_message_that_stops_coming_is_given_up()
    {
        await using var session = new SmtpTestSession();
        await session.StartTransactionAsync();
        await session.ExpectAsync("DATA\r\n", "354");
        await session.Reader.WaitingAsync();
        session.Time.Advance(TimeSpan.FromMinutes(10));
        await session.ExpectAsync("421 4.4.2");
        await session.ExpectCloseAsync();
        Assert.Empty(session.Connections.Messages);
        Assert.Equal(0, session.Store.Open);
    }

    [Fact]
    public async Task A_client_that_never_reads_is_given_up()
    {
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var session = new SmtpTestSession(new PipeOptions(pauseWriterThreshold: 64, resumeWriterThreshold: 32));
        session.Writer.OnPause = () => full.TrySetResult();
        await session.StartAsync();
        await session.SendAsync("EHLO c\r\n");
        await full.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        session.Time.Advance(TimeSpan.FromMinutes(5));
        await session.EndAsync();
        Assert.Equal(1, session.Connections.Closed);
    }
}
