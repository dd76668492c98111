using System.Globalization;

namespace MtaCluster.Testing.Peers;

/// <summary>
/// A private Postfix with its own configuration, queue and port on loopback. It relays to a next hop, or delivers what is for
/// <see cref="LocalDomain"/> into a Maildir.
/// </summary>
public sealed class PostfixInstance : IAsyncDisposable
{
    /// <summary>The domain it delivers itself.</summary>
    public const string LocalDomain = "postfix.example";

    private readonly TemporaryDirectory _directory;
    private int _masterProcess;

    private PostfixInstance(TemporaryDirectory directory, int port)
    {
        _directory = directory;
        Port = port;
    }

    /// <summary>Its SMTP port.</summary>
    public int Port { get; }

    private string Arrivals => _directory.File("mail/box/new");

    /// <summary>What it logged.</summary>
    public Task<string> ReadLogAsync() => ReadAsync("log/mail.log");

    /// <summary>Starts it. Skips the test if Postfix is not installed or the test does not run as root.</summary>
    /// <param name="nextHopPort">Where it relays what is not for it; null bounces it.</param>
    /// <param name="parameters">Lines of main.cf that it has besides, or instead: the last one of a name counts.</param>
    public static async Task<PostfixInstance> StartAsync(int? nextHopPort = null, params IReadOnlyCollection<string> parameters)
    {
        var program = PeerPrograms.Require("postfix");
        PeerPrograms.RequireRoot("Postfix's master process starts daemons as another user");
        var postfix = new PostfixInstance(TemporaryDirectory.Create(), LoopbackPorts.Next());
        try
        {
            await postfix.ConfigureAsync(nextHopPort, parameters).ConfigureAwait(false);
            var started = await ChildProcess.RunAsync(
                program, ["-c", postfix._directory.File("etc"), "start"], TimeSpan.FromSeconds(60)).ConfigureAwait(false);
            if (started.ExitCode != 0)
            {
                throw new InvalidOperationException($"postfix start: {started.Output}\n{await postfix.ReadLogAsync().ConfigureAwait(false)}");
            }

            postfix._masterProcess = int.Parse(
                await postfix.ReadAsync("queue/pid/master.pid").ConfigureAwait(false), CultureInfo.InvariantCulture);
            await SmtpReadiness.WaitAsync(postfix.Port, null, TimeSpan.FromSeconds(30)).ConfigureAwait(false);
            return postfix;
        }
        catch
        {
            await postfix.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until so many messages are in the Maildir, and returns their content.</summary>
    /// <exception cref="TimeoutException">They were not in time.</exception>
    public async Task<IReadOnlyList<byte[]>> WaitForMailAsync(int count, TimeSpan timeout)
    {
        using var watcher = new FileSystemWatcher(Arrivals);
        using var changed = new SemaphoreSlim(0);
        watcher.Created += (_, _) => changed.Release();
        watcher.Renamed += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        var deadline = TimeProvider.System.GetTimestamp();
        while (Directory.GetFiles(Arrivals).Length < count)
        {
            var left = timeout - TimeProvider.System.GetElapsedTime(deadline);
            if (left <= TimeSpan.Zero || !await changed.WaitAsync(left).ConfigureAwait(false))
            {
                throw new TimeoutException($"{Directory.GetFiles(Arrivals).Length} of {count} messages in the Maildir\n{await ReadLogAsync().ConfigureAwait(false)}");
            }
        }

        return [.. Directory.GetFiles(Arrivals).Select(File.ReadAllBytes)];
    }

    /// <summary>Waits until it has logged something.</summary>
    /// <returns>The line.</returns>
    /// <exception cref="TimeoutException">It did not in time; the message has what it logged.</exception>
    public async Task<string> WaitForLogAsync(Func<string, bool> isSought, TimeSpan timeout)
    {
        string log = string.Empty, found = string.Empty;
        await Poll.UntilAsync(
            async () =>
            {
                log = await ReadLogAsync().ConfigureAwait(false);
                found = log.Split('\n').FirstOrDefault(isSought) ?? string.Empty;
                return found.Length > 0;
            },
            timeout,
            TimeSpan.FromMilliseconds(100),
            () => log).ConfigureAwait(false);
        return found;
    }

    /// <summary>SIGTERM to the master process, which ends its daemons.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_masterProcess > 0)
        {
            await ChildProcess.RunAsync(
                "/bin/kill", ["-TERM", _masterProcess.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(10)).ConfigureAwait(false);
            await WaitForEndAsync(_masterProcess).ConfigureAwait(false);
            _masterProcess = 0;
        }

        _directory.Dispose();
    }

    private static async Task WaitForEndAsync(int process)
    {
        using var expired = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Directory.Exists($"/proc/{process}") && !expired.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Postfix locks the files it writes, and .NET will not open them then: cat does.</summary>
    private async Task<string> ReadAsync(string name) =>
        (await ChildProcess.RunAsync("/bin/cat", [_directory.File(name)], TimeSpan.FromSeconds(10)).ConfigureAwait(false)).Output.Trim();

    private async Task ConfigureAsync(int? nextHopPort, IReadOnlyCollection<string> parameters)
    {
        foreach (var name in (string[])["etc", "queue", "data", "log", "mail", "mail/box", "mail/box/new", "mail/box/cur", "mail/box/tmp"])
        {
            _directory.CreateSubdirectory(name);
        }

        await ChildProcess.RunAsync(
            "/bin/chown", ["-R", "postfix", _directory.File("data"), _directory.File("mail")], TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        var user = await ChildProcess.RunAsync("/usr/bin/id", ["-u", "postfix"], TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        await File.WriteAllTextAsync(_directory.File("etc/main.cf"), Main(user.Output.Trim(), nextHopPort) + string.Join('\n', [.. parameters, string.Empty])).ConfigureAwait(false);
        await File.WriteAllTextAsync(_directory.File("etc/master.cf"), Services()).ConfigureAwait(false);
    }

    private string Main(string user, int? nextHopPort) => $"""
        compatibility_level = 3.6
        queue_directory = {_directory.File("queue")}
        data_directory = {_directory.File("data")}
        maillog_file = {_directory.File("log/mail.log")}
        maillog_file_prefixes = {_directory.File("log")}
        mail_owner = postfix
        setgid_group = postdrop
        myhostname = mail.postfix.example
        mydestination =
        local_recipient_maps =
        local_transport = error:no local delivery
        alias_maps =
        alias_database =
        inet_interfaces = loopback-only
        inet_protocols = ipv4
        mynetworks = 127.0.0.0/8
        smtpd_relay_restrictions = permit_mynetworks, reject
        smtpd_peername_lookup = no
        local_header_rewrite_clients =
        smtpd_tls_security_level = none
        smtp_tls_security_level = none
        smtp_dns_support_level = disabled
        minimal_backoff_time = 1s
        maximal_backoff_time = 1s
        queue_run_delay = 1s
        relayhost = {(nextHopPort is { } port ? $"[127.0.0.1]:{port}" : string.Empty)}
        default_transport = {(nextHopPort is null ? "error:no next hop" : "smtp")}
        virtual_mailbox_domains = {LocalDomain}
        virtual_mailbox_base = {_directory.File("mail")}
        virtual_mailbox_maps = static:box/
        virtual_uid_maps = static:{user}
        virtual_gid_maps = static:{user}
        message_size_limit = 52428800
        virtual_mailbox_limit = 0

        """;

    private string Services() => $"""
        127.0.0.1:{Port} inet n - n - - smtpd
        postlog unix-dgram n - n - 1 postlogd
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 1 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        lmtp unix - - n - - lmtp
        showq unix n - n - - showq
        error unix - - n - - error
        retry unix - - n - - error
        virtual unix - n n - - virtual
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        tlsmgr unix - - n 1000? 1 tlsmgr

        """;
}
