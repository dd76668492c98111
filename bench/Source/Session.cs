using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MtaCluster.Source;

/// <summary>One session that stays open. What it sends is made once; a command waits for the reply to the one before, and nothing is pipelined.</summary>
internal sealed class Session
{
    private const string ServerName = "node.example.net"; // for which bench/lib/certificate.py makes its certificates
    private const int LineLength = 78;

    private static readonly byte[] s_ehlo = "EHLO client.example.com\r\n"u8.ToArray();
    private static readonly byte[] s_startTls = "STARTTLS\r\n"u8.ToArray();
    private static readonly byte[] s_mail = "MAIL FROM:<sender@example.com>\r\n"u8.ToArray();
    private static readonly byte[] s_rcpt = "RCPT TO:<user@example.org>\r\n"u8.ToArray();
    private static readonly byte[] s_data = "DATA\r\n"u8.ToArray();
    private static readonly byte[] s_quit = "QUIT\r\n"u8.ToArray();

    private readonly byte[] _reply = new byte[4096];
    private Stream _stream;

    private Session(Stream stream) => _stream = stream;

    /// <summary>TLS 1.3 with a server whose certificate comes from the one in a file.</summary>
    public static SslClientAuthenticationOptions Trust(string authority)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(authority);
        return new SslClientAuthenticationOptions
        {
            TargetHost = ServerName,
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateChainPolicy = policy,
        };
    }

    /// <summary>A message of so many octets, and the dot after it.</summary>
    public static byte[] Content(int size)
    {
        var text = new StringBuilder("From: <sender@example.com>\r\nTo: <user@example.org>\r\nSubject: kept sessions\r\n\r\n");
        while (text.Length < size)
        {
            var left = size - text.Length - "\r\n".Length;
            text.Append('X', Math.Clamp(left, 0, LineLength)).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(text.Append(".\r\n").ToString());
    }

    /// <summary>Connects, and shakes hands if TLS is wanted.</summary>
    public static async Task<Session> OpenAsync(int port, SslClientAuthenticationOptions? tls)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var session = new Session(new NetworkStream(socket, ownsSocket: true));
        await session.ExpectAsync("220");
        if (tls is not null)
        {
            await session.AskAsync(s_ehlo, "250");
            await session.AskAsync(s_startTls, "220");
            var stream = new SslStream(session._stream);
            await stream.AuthenticateAsClientAsync(tls);
            session._stream = stream;
        }

        return session;
    }

    /// <summary>One message, as <c>smtp-source -d</c> sends it: EHLO comes before each.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> content)
    {
        await AskAsync(s_ehlo, "250");
        await AskAsync(s_mail, "250");
        await AskAsync(s_rcpt, "250");
        await AskAsync(s_data, "354");
        await AskAsync(content, "250");
    }

    /// <summary>Ends the session.</summary>
    public async Task QuitAsync()
    {
        await AskAsync(s_quit, "221");
        await _stream.DisposeAsync();
    }

    private async ValueTask AskAsync(ReadOnlyMemory<byte> octets, string code)
    {
        await _stream.WriteAsync(octets);
        await ExpectAsync(code);
    }

    private async ValueTask ExpectAsync(string code)
    {
        var length = 0;
        do
        {
            var read = await _stream.ReadAsync(_reply.AsMemory(length));
            length += read > 0 ? read : throw new IOException($"expected {code}, and the connection was closed");
        }
        while (!IsWhole(_reply.AsSpan(0, length)));

        if (!Ascii.Equals(_reply.AsSpan(0, code.Length), code))
        {
            throw new IOException($"expected {code}, got {Encoding.ASCII.GetString(_reply, 0, length).TrimEnd()}");
        }
    }

    /// <summary>Whether the last line of a reply is there: the one with a space after its code.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> reply) =>
        reply.EndsWith("\r\n"u8) && reply[(reply[..^2].LastIndexOf((byte)'\n') + 1)..] is [_, _, _, (byte)' ', ..];
}
