using System.Buffers;
using System.Text;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Client;

public sealed class SmtpReplyParserSpecs
{
    private static readonly EnhancedStatusCode s_ok = new(2, 1, 5);

    public static TheoryData<string, int, string?, string[]> Replies => new()
    {
        { "250 2.1.5 Ok\r\n", 250, "2.1.5", ["Ok"] },
        { "250 Ok\r\n", 250, null, ["Ok"] },
        { "250\r\n", 250, null, [""] },
        { "250 \r\n", 250, null, [""] },
        { "250 2.0.0\r\n", 250, "2.0.0", [""] },
        { "250 Ok\n", 250, null, ["Ok"] },
        { "250-mx.example\r\n250-PIPELINING\r\n250 SIZE 100\r\n", 250, null, ["mx.example", "PIPELINING", "SIZE 100"] },
        { "550-5.1.1 no such\r\n550 5.1.1 user\r\n", 550, "5.1.1", ["no such", "user"] },
        { "550-5.1.1 no such\r\n550 5.7.1 user\r\n", 550, "5.1.1", ["no such", "5.7.1 user"] },
        { "250-one\r\n550 5.1.1 two\r\n", 550, "5.1.1", ["one", "two"] },
        { "550 2.1.5 class differs\r\n", 550, null, ["2.1.5 class differs"] },
        { "354 3.0.0 go\r\n", 354, null, ["3.0.0 go"] },
        { "250 2.1.5.6 four parts\r\n", 250, null, ["2.1.5.6 four parts"] },
        { "550 5.1.1234 too long\r\n", 550, null, ["5.1.1234 too long"] },
        { "550 caf\u00e9\u0007\u001b[2J\0!\r\n", 550, null, ["caf\u00e9??[2J?!"] },
        { "550 \u009b\tx\r\n", 550, null, ["? x"] },
    };

    [Theory]
    [MemberData(nameof(Replies))]
    public void A_reply_is_read_the_same_however_its_octets_arrive(string wire, int code, string? enhanced, string[] lines)
    {
        var octets = Encoding.UTF8.GetBytes(wire);
        for (var piece = 1; piece <= octets.Length; piece++)
        {
            var reply = Assert.Single(ReadAll(new SmtpReplyParser(), octets, piece));
            Assert.Equal(code, reply.Code);
            Assert.Equal(enhanced, reply.Enhanced?.ToString());
            Assert.Equal(lines, reply.Lines);
        }
    }

    [Fact]
    public void Replies_in_one_buffer_are_read_one_by_one()
    {
        var replies = ReadAll(new SmtpReplyParser(), "250 2.1.0 a\r\n250-2.1.5 b\r\n250 c\r\n354 d\r\n"u8.ToArray(), int.MaxValue);
        Assert.Equal([250, 250, 354], replies.Select(r => r.Code));
        Assert.Equal([new EnhancedStatusCode(2, 1, 0), s_ok, null], replies.Select(r => r.Enhanced));
    }

    [Fact]
    public void Octets_behind_a_reply_are_left()
    {
        var buffer = new ReadOnlySequence<byte>("220 go\r\n220 injected\r\n"u8.ToArray());
        Assert.Equal(ReplyParseStatus.Complete, new SmtpReplyParser().Read(ref buffer, out _));
        Assert.Equal("220 injected\r\n", Encoding.ASCII.GetString(buffer.ToArray()));
    }

    [Fact]
    public void A_line_in_two_segments_is_read_as_one()
    {
        var first = new Segment("250 2.1.5 O"u8.ToArray());
        var last = first.Append("k\r\n"u8.ToArray());
        var buffer = new ReadOnlySequence<byte>(first, 0, last, 3);
        Assert.Equal(ReplyParseStatus.Complete, new SmtpReplyParser().Read(ref buffer, out var reply));
        Assert.Equal(new SmtpReply(250, s_ok, "Ok"), reply);
    }

    [Theory]
    [InlineData("nonsense\r\n")]
    [InlineData("25\r\n")]
    [InlineData("\r\n")]
    [InlineData("150 no such class\r\n")]
    [InlineData("650 no such class\r\n")]
    [InlineData("2a0 letters\r\n")]
    [InlineData("250x separator\r\n")]
    [InlineData("2500 four digits\r\n")]
    [InlineData("250-fine\r\nnonsense\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    public void What_is_not_a_reply_is_malformed_and_stays_so(string wire)
    {
        var parser = new SmtpReplyParser();
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(wire));
        Assert.Equal(ReplyParseStatus.Malformed, parser.Read(ref buffer, out var reply));
        Assert.Null(reply);
        buffer = new ReadOnlySequence<byte>("250 Ok\r\n"u8.ToArray());
        Assert.Equal(ReplyParseStatus.Malformed, parser.Read(ref buffer, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(int.MaxValue)]
    public void A_long_line_is_cut_off_and_a_huge_one_is_malformed(int piece)
    {
        var wire = Encoding.ASCII.GetBytes("250 " + new string('x', SmtpReplyParser.MaximumLineLength - 10) + "\r\n250 Ok\r\n");
        var replies = ReadAll(new SmtpReplyParser(), wire, piece);
        Assert.Equal(2, replies.Count);
        Assert.Equal(SmtpReplyParser.MaximumLineKept - 4, replies[0].Text.Length);
        Assert.Equal("Ok", replies[1].Text);

        wire = Encoding.ASCII.GetBytes("250 " + new string('x', SmtpReplyParser.MaximumLineLength));
        Assert.Null(TryReadAll(new SmtpReplyParser(), wire, piece));
    }

    [Fact]
    public void A_reply_without_end_is_malformed()
    {
        var lines = string.Concat(Enumerable.Repeat("250-more\r\n", SmtpReplyParser.MaximumLines - 1));
        Assert.Single(ReadAll(new SmtpReplyParser(), Encoding.ASCII.GetBytes(lines + "250 last\r\n"), 777));
        Assert.Null(TryReadAll(new SmtpReplyParser(), Encoding.ASCII.GetBytes(lines + "250-more\r\n"), 777));
    }

    [Fact]
    public void Random_octets_never_throw()
    {
        var random = new Random(20);
        var alphabet = "0123456789 -.\r\n25\u00ff"u8.ToArray();
        for (var round = 0; round < 2_000; round++)
        {
            var octets = new byte[random.Next(1, 60)];
            for (var i = 0; i < octets.Length; i++)
            {
                octets[i] = alphabet[random.Next(alphabet.Length)];
            }

            var whole = TryReadAll(new SmtpReplyParser(), octets, int.MaxValue);
            var pieces = TryReadAll(new SmtpReplyParser(), octets, 1);
            Assert.Equal(whole, pieces);
        }
    }

    private static List<SmtpReply> ReadAll(SmtpReplyParser parser, byte[] octets, int piece)
    {
        var replies = TryReadAll(parser, octets, piece);
        Assert.NotNull(replies);
        return replies;
    }

    private static List<SmtpReply>? TryReadAll(SmtpReplyParser parser, byte[] octets, int piece)
    {
        var replies = new List<SmtpReply>();
        foreach (var chunk in octets.Chunk(Math.Min(piece, octets.Length)))
        {
            var buffer = new ReadOnlySequence<byte>(chunk);
            ReplyParseStatus status;
            while ((status = parser.Read(ref buffer, out var reply)) == ReplyParseStatus.Complete)
            {
                replies.Add(reply!);
            }

            if (status == ReplyParseStatus.Malformed)
            {
                return null;
            }

            Assert.True(buffer.IsEmpty);
        }

        return replies;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] octets, long index = 0)
        {
            Memory = octets;
            RunningIndex = index;
        }

        public Segment Append(byte[] octets)
        {
            var next = new Segment(octets, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
