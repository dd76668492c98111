using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Configuration;
using MtaCluster.Node.Hosting;
using MtaCluster.Node.Net;
using MtaCluster.Node.Net.Tls;
using MtaCluster.Node.Tests.Smtp.Gate;
using Xunit;

namespace MtaCluster.Node.Tests.Net;

/// <summary>
/// One listener with all that is before the sessions, and in place of those a dialogue in lines: STARTTLS as a session does it, WHO tells who the client is, QUIT ends,
/// all else comes back.
/// </summary>
internal sealed class EdgeServer : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Edge _edge;
    private readonly SmtpListeners _listeners;
    private readonly ServiceProvider _services = new ServiceCollection().AddOptions().BuildServiceProvider();

    private EdgeServer(ListenerSettings listener, TlsSettings tls, InboundSettings inbound)
    {
        var settings = SettingsReader.Read(new ConfigurationBuilder().Build(), []) with { Tls = tls, Inbound = inbound, Listeners = [listener] };
        _edge = new Edge(settings, Rates, () => 0, Time, Log);
        _listeners = new SmtpListeners([listener], known => _edge.Before(known, ServeAsync), _services, Log);
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public CountingLogger Log { get; } = new();

    public RecordingRates Rates { get; } = new();

    public int Open => _edge.Gate.Open;

    public IPEndPoint Address => _listeners.Addresses.Single();

    public static async Task<EdgeServer> StartAsync(
        ListenerTls tls = ListenerTls.None, TlsSettings? certificates = null, InboundSettings? inbound = null, bool isProxied = false)
    {
        var listener = new ListenerSettings("test", new IPEndPoint(IPAddress.Loopback, 0), [])
        {
            Tls = tls,
            ProxyFrom = isProxied ? [IPNetwork.Parse("127.0.0.0/8")] : [],
        };
        var server = new EdgeServer(listener, certificates ?? TlsSettings.None, inbound ?? new InboundSettings());
        await server._listeners.OpenAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _listeners.CloseAsync(TimeSpan.FromSeconds(1));
        _listeners.Dispose();
        _edge.Dispose();
        await _services.DisposeAsync();
    }

    private async Task ServeAsync(ConnectionContext connection)
    {
        var pipe = connection.Transport;
        TlsConnection? upgraded = null;
        try
        {
            await SayAsync(pipe.Output, "220 ready");
            while (await LineAsync(pipe.Input) is { } line and not "QUIT")
            {
                if (line != "STARTTLS")
                {
                    await SayAsync(pipe.Output, line == "WHO" ? Describe(connection) : line);
                }
                else if (TlsUpgrade.TakePlainText(pipe.Input) > 0)
                {
                    await SayAsync(pipe.Output, "554 refused");
                    return;
                }
                else
                {
                    await SayAsync(pipe.Output, "220 go ahead");
                    pipe = upgraded = await _edge.Tls!.UpgradeAsync(connection);
                    connection.Features.Set(upgraded.Info);
                }
            }
        }
        catch (IOException)
        {
            // As in a session: the connection is lost.
        }
        finally
        {
            await (upgraded?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private static string Describe(ConnectionContext connection)
    {
        var text = $"{connection.RemoteEndPoint} {connection.LocalEndPoint}";
        return connection.Features.Get<TlsInfo>() is { } info
            ? $"{text} {info.Protocol} {info.CipherSuite} sni={info.ServerName} client={info.ClientCertificateSha256} binding={Convert.ToHexStringLower(info.ServerEndPoint.AsSpan())}"
            : text;
    }

    private static async Task SayAsync(PipeWriter output, string line)
    {
        output.Write(Encoding.ASCII.GetBytes(line + "\r\n"));
        await output.FlushAsync();
    }

    private static async Task<string?> LineAsync(PipeReader input)
    {
        while (true)
        {
            var result = await input.ReadAsync();
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.ASCII.GetString(result.Buffer.Slice(0, end)).TrimEnd('\r');
                input.AdvanceTo(result.Buffer.GetPosition(1, end));
                return line;
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
            {
                return null;
            }
        }
    }
}
