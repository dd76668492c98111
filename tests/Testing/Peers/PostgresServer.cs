using System.Globalization;
using System.Text;
using Npgsql;
using Xunit;

namespace MtaCluster.Testing.Peers;

/// <summary>How a PostgreSQL server is told to end.</summary>
public enum PostgresStop
{
    /// <summary>Sessions are ended, and everything is written out.</summary>
    Fast,

    /// <summary>At once, as in a crash: the next start recovers from the write-ahead log.</summary>
    Immediate,
}

/// <summary>
/// A private PostgreSQL in a temporary directory, on a port of its own on loopback, with every commit on stable storage. It can be stopped,
/// killed, frozen, and started again with the same data on the same port.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The user that connects: a superuser, without a password.</summary>
    public const string User = "postgres";

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);
    private static readonly string? s_binaries = FindBinaries();
    private readonly TemporaryDirectory _directory = TemporaryDirectory.Create();
    private ChildProcess? _postmaster;
    private bool _isFrozen;

    private PostgresServer() => Port = LoopbackPorts.Next();

    /// <summary>A server can be started here.</summary>
    public static bool IsAvailable => s_binaries is not null;

    /// <summary>Why none can be started.</summary>
    public static string WhyNot => "PostgreSQL's server programs are not installed";

    /// <summary>Its TCP port on 127.0.0.1; the same after each start.</summary>
    public int Port { get; }

    /// <summary>The process id of the postmaster.</summary>
    /// <exception cref="InvalidOperationException">It does not run.</exception>
    public int ProcessId => Running.Id;

    /// <summary>What it logged since its last start.</summary>
    public string Log => _postmaster?.Output ?? string.Empty;

    private string Data => _directory.File("data");

    private ChildProcess Running => _postmaster ?? throw new InvalidOperationException("The server does not run");

    /// <summary>Makes a new server and starts it. Skips the running test if PostgreSQL is not installed.</summary>
    /// <param name="settings">Settings of postgresql.conf, beyond or instead of the usual ones.</param>
    public static async Task<PostgresServer> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        Assert.SkipUnless(IsAvailable, WhyNot);
        var server = new PostgresServer();
        try
        {
            await server.InitializeAsync(settings ?? new Dictionary<string, string>()).ConfigureAwait(false);
            await server.StartAgainAsync().ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>How to connect to a database of this server.</summary>
    public string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username={User};Database={database}");

    /// <summary>Makes an empty database, and returns how to connect to it.</summary>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await ExecuteAsync($"CREATE DATABASE \"{name}\"").ConfigureAwait(false);
        return ConnectionString(name);
    }

    /// <summary>Ends it and waits for the end of all its processes.</summary>
    public async Task StopAsync(PostgresStop mode)
    {
        var processes = Processes();
        Signals.Send(Running.Id, mode == PostgresStop.Fast ? Signals.Interrupt : Signals.Quit);
        await EndedAsync(processes).ConfigureAwait(false);
    }

    /// <summary>SIGKILL to the postmaster; its other processes end once they notice. Does not wait.</summary>
    public void Kill() => Running.Kill();

    /// <summary>SIGKILL to the postmaster, and waits for the end of all its processes.</summary>
    public async Task KillAsync()
    {
        var processes = Processes();
        Kill();
        await EndedAsync(processes).ConfigureAwait(false);
    }

    /// <summary>Starts it with the same data on the same port, after <see cref="StopAsync"/> or <see cref="Kill"/>, and waits until it accepts connections.</summary>
    public async Task StartAgainAsync()
    {
        await EndedAsync(Processes()).ConfigureAwait(false);
        _postmaster = Start("postgres", ["-D", Data]);
        await WaitUntilReadyAsync().ConfigureAwait(false);
    }

    /// <summary>Stops all its processes where they are: connections stay open, and nothing answers.</summary>
    public void Freeze()
    {
        _isFrozen = true;

        // The postmaster first: it makes no new children then.
        Signals.Send(Running.Id, Signals.Stop);
        SignalChildren(Signals.Stop);
    }

    /// <summary>Lets it go on after <see cref="Freeze"/>.</summary>
    public void Thaw()
    {
        _isFrozen = false;
        SignalChildren(Signals.Continue);
        Signals.Send(Running.Id, Signals.Continue);
    }

    /// <summary>Ends the sessions of all clients; returns how many there were.</summary>
    public async Task<int> TerminateBackendsAsync()
    {
        var ended = await ExecuteAsync(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
            .ConfigureAwait(false);
        return Convert.ToInt32(ended, CultureInfo.InvariantCulture);
    }

    /// <summary>Executes SQL as superuser, in a connection of its own; returns the first value.</summary>
    public async Task<object?> ExecuteAsync(string sql, string database = "postgres")
    {
        var connection = new NpgsqlConnection(ConnectionString(database) + ";Pooling=false");
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync().ConfigureAwait(false);
            var command = new NpgsqlCommand(sql, connection);
            await using (command.ConfigureAwait(false))
            {
                return await command.ExecuteScalarAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends it, and removes its directory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_postmaster is not null)
        {
            var processes = Processes();
            if (_isFrozen)
            {
                Thaw();
            }

            Signals.Send(_postmaster.Id, Signals.Quit);
            await EndedAsync(processes).ConfigureAwait(false);
        }

        _directory.Dispose();
    }

    private static string? FindBinaries()
    {
        const string versions = "/usr/lib/postgresql";
        var newest = Directory.Exists(versions)
            ? Directory.GetDirectories(versions)
                .Where(directory => File.Exists(Path.Combine(directory, "bin/initdb")) && File.Exists(Path.Combine(directory, "bin/postgres")))
                .MaxBy(directory => int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var version) ? version : 0)
            : null;
        return newest is not null
            ? Path.Combine(newest, "bin")
            : PeerPrograms.Find("initdb") is { } initdb && PeerPrograms.Find("postgres") is not null ? Path.GetDirectoryName(initdb) : null;
    }

    /// <summary>The server refuses to run as root: whose it is then.</summary>
    private static string? OtherUser()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        var users = File.ReadAllLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
        return users.Contains("postgres") ? "postgres" : "nobody";
    }

    private static ChildProcess Start(string program, IEnumerable<string> arguments)
    {
        var path = Path.Combine(s_binaries!, program);
        return OtherUser() is { } user
            ? ChildProcess.Start("setpriv", ["--reuid", user, "--regid", GroupOf(user), "--clear-groups", "--", path, .. arguments], "/")
            : ChildProcess.Start(path, arguments, "/");
    }

    private static string GroupOf(string user) => File.ReadAllLines("/etc/passwd").Select(line => line.Split(':')).First(fields => fields[0] == user)[3];

    private async Task InitializeAsync(IReadOnlyDictionary<string, string> settings)
    {
        _directory.CreateSubdirectory("data");
        if (OtherUser() is { } user)
        {
            await ChildProcess.RunAsync("chown", [user, Data], s_timeout).ConfigureAwait(false);
        }

        var initdb = Start("initdb", ["-D", Data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]);
        await using (initdb.ConfigureAwait(false))
        {
            if (await initdb.WaitForExitAsync(s_timeout).ConfigureAwait(false) != 0)
            {
                throw new InvalidOperationException($"initdb: {initdb.Output}");
            }
        }

        var all = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = string.Empty,
            ["fsync"] = "on",
            ["synchronous_commit"] = "on",
            ["max_connections"] = "200",
            ["logging_collector"] = "off",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        var lines = new StringBuilder();
        foreach (var (name, value) in all)
        {
            lines.Append(name).Append(" = '").Append(value.Replace("'", "''", StringComparison.Ordinal)).Append("'\n");
        }

        await File.AppendAllTextAsync(Path.Combine(Data, "postgresql.conf"), lines.ToString()).ConfigureAwait(false);
    }

    private async Task WaitUntilReadyAsync()
    {
        using var expired = new CancellationTokenSource(s_timeout);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                await ExecuteAsync("SELECT 1").ConfigureAwait(false);
                return;
            }
            catch (NpgsqlException) when (!Running.HasExited && !expired.IsCancellationRequested)
            {
                await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (NpgsqlException notReady)
            {
                throw new InvalidOperationException($"PostgreSQL did not start:\n{Log}", notReady);
            }
        }
    }

    private List<int> Processes() => _postmaster is null ? [] : [_postmaster.Id, .. Signals.ChildrenOf(_postmaster.Id)];

    private void SignalChildren(int signal)
    {
        foreach (var child in Signals.ChildrenOf(Running.Id))
        {
            Signals.Send(child, signal);
        }
    }

    private async Task EndedAsync(List<int> processes)
    {
        if (_postmaster is null)
        {
            return;
        }

        await _postmaster.WaitForExitAsync(s_timeout).ConfigureAwait(false);
        await _postmaster.DisposeAsync().ConfigureAwait(false);
        _postmaster = null;
        using var expired = new CancellationTokenSource(s_timeout);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (processes.Exists(process => Directory.Exists($"/proc/{process}")))
        {
            await timer.WaitForNextTickAsync(expired.Token).ConfigureAwait(false);
        }
    }
}
