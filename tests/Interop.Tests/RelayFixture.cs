using System.Collections.Concurrent;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Interop.Tests;

/// <summary>
/// One node whose next hop is a ledger sink. What happens to a recipient is in its local part: "bad…" is refused for good,
/// "later…" is put off twice, everything else is taken.
/// </summary>
public sealed class RelayFixture : IAsyncLifetime
{
    /// <summary>For anything that is waited for: far above what it takes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, int> _attempts = new();
    private TemporaryDirectory? _directory;

    /// <summary>The next hop of everything.</summary>
    public LedgerSink Sink { get; private set; } = null!;

    /// <summary>The node under test.</summary>
    public NodeProcess Node { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _directory = TemporaryDirectory.Create();
        Sink = LedgerSink.Start(new SinkScript { OnRecipient = Judge });
        Node = await NodeProcess.StartAsync(new NodeSettings { Directory = _directory.Path, NextHopPort = Sink.Port });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await Sink.DisposeAsync();
        _directory?.Dispose();
    }

    /// <summary>Connects to the node as a client of another implementation.</summary>
    public Task<RawSmtpClient> ConnectAsync() => RawSmtpClient.ConnectAsync(Node.Port, TestContext.Current.CancellationToken);

    /// <summary>What arrived for a recipient so far.</summary>
    public IReadOnlyList<ReceivedMail> MailTo(string recipient) => [.. Sink.Received.Where(mail => mail.Recipients.Contains(recipient))];

    /// <summary>Waits for so much mail to a recipient.</summary>
    public async Task<IReadOnlyList<ReceivedMail>> WaitForMailToAsync(string recipient, int count = 1)
    {
        await Sink.WaitUntilAsync(() => MailTo(recipient).Count >= count, Patience);
        return MailTo(recipient);
    }

    /// <summary>How often a recipient was tried.</summary>
    public int AttemptsFor(string recipient) => _attempts.GetValueOrDefault(recipient);

    private string? Judge(string recipient)
    {
        var attempt = _attempts.AddOrUpdate(recipient, 1, (_, count) => count + 1);
        return recipient switch
        {
            _ when recipient.StartsWith("bad", StringComparison.Ordinal) => "550 5.1.1 no such mailbox here",
            _ when recipient.StartsWith("later", StringComparison.Ordinal) && attempt <= 2 => "451 4.2.1 not now",
            _ => null,
        };
    }
}
