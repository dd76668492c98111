using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;
using MtaCluster.Node.Net.Proxy;
using MtaCluster.Node.Smtp;
using MtaCluster.Node.Tests.Smtp.Gate;
using MtaCluster.Testing.Smtp;
using Xunit;

namespace MtaCluster.Node.Tests.Net.Proxy;

public sealed class ProxyProtocolSpecs : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] s_version1 = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n"u8.ToArray();
    private static readonly byte[] s_version2 = Convert.FromHexString("0d0a0d0a000d0a515549540a2111000cc0000201c6336401dc040019");

    private readonly FakeTimeProvider _time = new();
    private readonly CountingLogger _log = new();
    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();
    private readonly DefaultConnectionContext _connection;
    private string? _served;

    public ProxyProtocolSpecs()
    {
        _connection = new DefaultConnectionContext("C", new DuplexPipe(_toServer.Reader, _toClient.Writer), new DuplexPipe(_toClient.Reader, _toServer.Writer))
        {
            RemoteEndPoint = IPEndPoint.Parse("10.0.0.1:40000"),
            LocalEndPoint = IPEndPoint.Parse("10.0.0.2:25"),
        };
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_client_is_the_one_that_the_header_names_and_its_octets_are_what_comes_after(int version)
    {
        byte[] input = [.. version == 1 ? s_version1 : s_version2, .. "EHLO x"u8];
        var serving = ServeAsync();
        foreach (var octet in input)
        {
            await _toServer.Writer.WriteAsync(new[] { octet }, Stop);
        }

        await serving.WaitAsync(s_patience, Stop);

        Assert.Equal("192.0.2.1:56324 198.51.100.1:25", _served);
        var rest = await _toServer.Reader.ReadAtLeastAsync(6, Stop);
        Assert.Equal("EHLO x"u8, rest.Buffer.ToArray());
    }

    [Fact]
    public async Task From_elsewhere_a_header_is_not_looked_for()
    {
        _connection.RemoteEndPoint = IPEndPoint.Parse("203.0.113.1:40000");
        await _toServer.Writer.WriteAsync(s_version1, Stop);

        await ServeAsync().WaitAsync(s_patience, Stop);

        Assert.Equal("203.0.113.1:40000 10.0.0.2:25", _served);
        Assert.Equal(s_version1, (await _toServer.Reader.ReadAsync(Stop)).Buffer.ToArray());
    }

    [Fact]
    public async Task A_proxy_is_known_by_its_mapped_address_too()
    {
        _connection.RemoteEndPoint = IPEndPoint.Parse("[::ffff:10.0.0.1]:40000");
        await _toServer.Writer.WriteAsync(s_version1, Stop);

        await ServeAsync().WaitAsync(s_patience, Stop);

        Assert.Equal("192.0.2.1:56324 198.51.100.1:25", _served);
    }

    [Fact]
    public async Task A_connection_of_the_proxy_itself_keeps_its_addresses()
    {
        await _toServer.Writer.WriteAsync(Convert.FromHexString("0d0a0d0a000d0a515549540a20000000"), Stop);

        await ServeAsync().WaitAsync(s_patience, Stop);

        Assert.Equal("10.0.0.1:40000 10.0.0.2:25", _served);
    }

    [Fact]
    public async Task A_client_without_an_address_does_not_get_the_proxys()
    {
        await _toServer.Writer.WriteAsync((byte[])[.. Convert.FromHexString("0d0a0d0a000d0a515549540a213100d8"), .. new byte[216]], Stop);

        await ServeAsync().WaitAsync(s_patience, Stop);

        Assert.Equal(" 10.0.0.2:25", _served);
    }

    [Fact]
    public async Task Without_a_header_the_connection_is_cut()
    {
        await _toServer.Writer.WriteAsync("EHLO x\r\n"u8.ToArray(), Stop);

        await ServeAsync().WaitAsync(s_patience, Stop);

        await AssertCutAsync("it does not begin with a header");
    }

    [Fact]
    public async Task A_header_must_come_in_time()
    {
        await _toServer.Writer.WriteAsync("PROXY "u8.ToArray(), Stop);
        var serving = ServeAsync();
        _time.Advance(ProxyProtocol.HeaderTimeout);

        await serving.WaitAsync(s_patience, Stop);

        await AssertCutAsync("no header came in time");
    }

    [Fact]
    public async Task Half_a_header_is_none()
    {
        await _toServer.Writer.WriteAsync(s_version2.AsMemory(0, 20), Stop);
        await _toServer.Writer.CompleteAsync();

        await ServeAsync().WaitAsync(s_patience, Stop);

        await AssertCutAsync("it ended before a header");
    }

    [Fact]
    public async Task A_proxy_that_only_looks_whether_we_are_there_is_not_worth_a_line()
    {
        await _toServer.Writer.CompleteAsync();

        await ServeAsync().WaitAsync(s_patience, Stop);

        await CutAsync();
        Assert.Null(_served);
        Assert.Empty(_log.Lines);
    }

    private async Task CutAsync()
    {
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _connection.ConnectionClosed.Register(cut.SetResult);
        await cut.Task.WaitAsync(s_patience, Stop);
    }

    private async Task AssertCutAsync(string reason)
    {
        await CutAsync();
        Assert.Null(_served);
        Assert.Equal($"ProxyHeaderRefused: A connection of the proxy 10.0.0.1:40000 is refused, {reason}: connection=C", Assert.Single(_log.Lines));
    }

    private Task ServeAsync() => new ProxyProtocol(
        connection =>
        {
            _served = $"{connection.RemoteEndPoint} {connection.LocalEndPoint}";
            return Task.CompletedTask;
        },
        new ClientNetworks([IPNetwork.Parse("10.0.0.0/8")]),
        _time,
        _log).OnConnectedAsync(_connection);
}
