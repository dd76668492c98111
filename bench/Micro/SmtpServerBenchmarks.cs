using System.Text;
using BenchmarkDotNet.Attributes;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Micro;

/// <summary>What the server does for each command and each octet.</summary>
[MemoryDiagnoser]
public class SmtpServerBenchmarks
{
    private readonly byte[] _mail = "MAIL FROM:<user.name@example.org> SIZE=10240 BODY=8BITMIME"u8.ToArray();
    private readonly byte[] _rcpt = "RCPT TO:<someone@example.net>"u8.ToArray();

    private readonly byte[] _message =
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', 74) + "\r\n", 135)) + ".\r\n");

    /// <summary>MAIL with two parameters.</summary>
    [Benchmark]
    public SmtpCommand ParseMail() => SmtpCommandParser.Parse(_mail);

    /// <summary>RCPT.</summary>
    [Benchmark]
    public SmtpCommand ParseRcpt() => SmtpCommandParser.Parse(_rcpt);

    /// <summary>A message of 10 KiB in lines of 74 octets, in one piece.</summary>
    [Benchmark]
    public long ReadTenKibibytes()
    {
        var reader = new DataReader(1 << 20, 1 << 20);
        ReadOnlySpan<byte> input = _message;
        while (!reader.IsComplete)
        {
            reader.Read(input, out var consumed);
            input = input[consumed..];
        }

        return reader.Length;
    }
}
