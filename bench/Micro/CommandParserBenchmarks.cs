using BenchmarkDotNet.Attributes;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Micro;

/// <summary>Parsing one command line: what each inbound message costs four times.</summary>
[MemoryDiagnoser]
public class CommandParserBenchmarks
{
    private readonly byte[] _ehlo = "EHLO mail.example.net"u8.ToArray();
    private readonly byte[] _mail = "MAIL FROM:<alice.liddell@example.org> SIZE=10240 BODY=8BITMIME"u8.ToArray();
    private readonly byte[] _rcpt = "RCPT TO:<bob@example.net>"u8.ToArray();
    private readonly byte[] _quoted = "RCPT TO:<@relay.example,@other.example:\"bob o'hara\"@[IPv6:2001:db8::1]>"u8.ToArray();

    /// <summary>EHLO.</summary>
    [Benchmark]
    public SmtpCommand Ehlo() => SmtpCommandParser.Parse(_ehlo);

    /// <summary>MAIL with two parameters.</summary>
    [Benchmark]
    public SmtpCommand Mail() => SmtpCommandParser.Parse(_mail);

    /// <summary>RCPT, as most are.</summary>
    [Benchmark]
    public SmtpCommand Rcpt() => SmtpCommandParser.Parse(_rcpt);

    /// <summary>RCPT at its worst: a source route, a quoted local part, an address literal.</summary>
    [Benchmark]
    public SmtpCommand RcptQuoted() => SmtpCommandParser.Parse(_quoted);
}
