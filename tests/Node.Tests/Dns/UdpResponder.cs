using System.Net;
using System.Net.Sockets;

namespace MtaCluster.Node.Tests.Dns;

/// <summary>
/// A name server that fails on purpose. It answers each query with the code it is set to, or stays silent; with
/// <see cref="NoError"/> to a query for A records comes one record, 192.0.2.1, with the TTL it is set to.
/// </summary>
internal sealed class UdpResponder : IDisposable
{
    public const int NoError = 0;
    public const int ServerFailure = 2;
    public const int NameError = 3;
    public const int Silence = -1;

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly SemaphoreSlim _received = new(0);
    private int _queries;

    public UdpResponder(int code)
    {
        Code = code;
        _ = RunAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_socket.Client.LocalEndPoint!;

    public int Code { get; set; }

    public byte Ttl { get; set; } = 60;

    /// <summary>Answers wait for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int Queries => Volatile.Read(ref _queries);

    /// <summary>Waits for one more query.</summary>
    public async Task ReceivedAsync() => Xunit.Assert.True(await _received.WaitAsync(TimeSpan.FromSeconds(30)));

    public void Dispose() => _socket.Dispose();

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                var query = await _socket.ReceiveAsync();
                Interlocked.Increment(ref _queries);
                _received.Release();
                if (Code != Silence)
                {
                    await Gate;
                    await _socket.SendAsync(Answer(query.Buffer), query.RemoteEndPoint);
                }
            }
        }
        catch (Exception failure) when (failure is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private byte[] Answer(byte[] query)
    {
        var question = query.AsSpan(12);
        var end = question.IndexOf((byte)0) + 5;
        var isForA = question[end - 3] == 1;
        var hasRecord = Code == NoError && isForA;
        byte[] header = [query[0], query[1], 0x81, (byte)(0x80 | Code), 0, 1, 0, (byte)(hasRecord ? 1 : 0), 0, 0, 0, 0];
        byte[] record = hasRecord ? [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, Ttl, 0, 4, 192, 0, 2, 1] : [];
        return [.. header, .. question[..end], .. record];
    }
}
