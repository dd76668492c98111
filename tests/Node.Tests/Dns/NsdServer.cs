using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using Xunit;

namespace MtaCluster.Node.Tests.Dns;

/// <summary>A real name server (NSD, <c>apt-get install nsd</c>) on loopback and a free port, with the zones of the tests.</summary>
public sealed class NsdServer : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private Process? _process;

    private const string Zone = """
        $TTL 300
        @ 600 SOA ns.example.net. root.example.net. 1 3600 600 86400 42
        @ NS ns.example.net.
        ns A 127.0.0.1
        @ MX 20 mx2
        @ MX 10 MX1.example.net.
        @ MX 20 mx3
        mx1 A 192.0.2.1
        mx1 AAAA 2001:db8::1
        mx2 A 192.0.2.2
        mx3 A 192.0.2.3
        implicit A 192.0.2.4
        implicit6 AAAA 2001:db8::4
        empty TXT "neither MX nor address"
        null MX 0 .
        nullish MX 0 .
        nullish MX 10 mx1
        alias CNAME alias2
        alias2 CNAME aliased
        aliased MX 5 mx1
        aliastohost CNAME implicit
        dangling CNAME nowhere.example.net.
        tocname MX 10 hostalias
        hostalias CNAME mx1
        toip MX 10 192.0.2.9.
        toip MX 20 mx1
        onlyip MX 10 192.0.2.9.
        odd MX 10 bad\032host.example.net.
        circle1 CNAME circle2
        circle2 CNAME circle1
        short 1 MX 10 mx1
        """;

    /// <summary>The address of the server; null where there is none on this machine.</summary>
    public IPEndPoint? Address { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var program = new[] { "/usr/sbin/nsd", "/usr/local/sbin/nsd", "/usr/bin/nsd" }.FirstOrDefault(File.Exists);
        if (program is null)
        {
            return;
        }

        // 40 MX records with long names do not fit a datagram.
        var many = string.Join('\n', Enumerable.Range(0, 40).Select(i => $"many MX {i} a-mail-exchanger-with-a-long-name-{i:00}.and-a-long-domain.example.org."));
        await File.WriteAllTextAsync(_directory["zone"], $"{Zone}\n{many}\n");
        for (var attempt = 0; Address is null && attempt < 5; attempt++)
        {
            await StartAsync(program, FreePort());
        }
    }

    public ValueTask DisposeAsync()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task StartAsync(string program, int port)
    {
        await File.WriteAllTextAsync(_directory["nsd.conf"], string.Create(CultureInfo.InvariantCulture, $"""
            server:
              server-count: 1
              ip-address: 127.0.0.1
              port: {port}
              username: ""
              chroot: ""
              zonesdir: "{_directory.Path}"
              zonelistfile: "{_directory["zone.list"]}"
              database: ""
              pidfile: "{_directory["nsd.pid"]}"
              xfrdfile: "{_directory["xfrd.state"]}"
              xfrdir: "{_directory.Path}"
              logfile: "{_directory["nsd.log"]}"
            remote-control:
              control-enable: no
            zone:
              name: example.net
              zonefile: zone
            """));
        _process = Process.Start(new ProcessStartInfo(program, ["-d", "-c", _directory["nsd.conf"]]) { RedirectStandardError = true })!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();

        // The server is up once it answers; a query to a closed port fails at once, and is tried again.
        var address = new IPEndPoint(IPAddress.Loopback, port);
        var client = new LookupClient(new LookupClientOptions(address) { Timeout = TimeSpan.FromMilliseconds(200), Retries = 0, UseCache = false });
        var until = Stopwatch.StartNew();
        while (until.Elapsed < TimeSpan.FromSeconds(20) && !_process.HasExited)
        {
            try
            {
                if ((await client.QueryAsync("example.net", QueryType.SOA)).Answers.Count > 0)
                {
                    Address = address;
                    return;
                }
            }
            catch (DnsResponseException)
            {
                // Not yet.
            }
        }

        _process.Kill();
        _process.WaitForExit();
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
