using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Client;

public sealed class DotStufferSpecs
{
    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a\n", "a\n\r\n.\r\n")]
    [InlineData("a\r", "a\r\r\n.\r\n")]
    [InlineData("\r\n", "\r\n.\r\n")]
    [InlineData("\n", "\n\r\n.\r\n")]
    [InlineData(".", "..\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n")]
    [InlineData("..\r\n...\r\n", "...\r\n....\r\n.\r\n")]
    [InlineData("a.b\r\n", "a.b\r\n.\r\n")]
    [InlineData("a\n.\r\nb\r\n", "a\n..\r\nb\r\n.\r\n")]
    public void Content_becomes_transparent_however_it_is_cut(string content, string wire)
    {
        var octets = Encoding.ASCII.GetBytes(content);
        for (var piece = 1; piece <= Math.Max(octets.Length, 1); piece++)
        {
            Assert.Equal(wire, Encoding.ASCII.GetString(Stuff(new DotStuffer(), octets.Chunk(piece))));
        }
    }

    [Fact]
    public void A_stuffer_is_as_new_after_a_message_and_after_a_reset()
    {
        var stuffer = new DotStuffer();
        Assert.Equal("a\r\n.\r\n"u8.ToArray(), Stuff(stuffer, ["a"u8.ToArray()]));
        Assert.Equal("..\r\n.\r\n"u8.ToArray(), Stuff(stuffer, [".\r\n"u8.ToArray()]));
        stuffer.Write("half"u8, new ArrayBufferWriter<byte>());
        stuffer.Reset();
        Assert.Equal(".\r\n"u8.ToArray(), Stuff(stuffer, []));
    }

    [Fact]
    public void A_receiver_gets_back_the_content_and_nothing_else()
    {
        var octet = Gen.Elements((byte)'.', (byte)'.', (byte)'\r', (byte)'\n', (byte)'a', (byte)0xff);
        var content = Gen.Or(
            Gen.ListOf(octet).Select(list => list.ToArray()),
            Gen.ListOf(Gen.Elements(".", "..", "\r\n", "\r\n", ".\r\n", "text", "x.y"))
                .Select(parts => Encoding.ASCII.GetBytes(string.Concat(parts))));
        Prop.ForAll(content.ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), (octets, piece) =>
        {
            var wire = Stuff(new DotStuffer(), octets.Chunk(piece));
            var expected = octets.AsSpan().EndsWith("\r\n"u8) || octets.Length == 0 ? octets : [.. octets, .. "\r\n"u8];
            return Receive(wire).AsSpan().SequenceEqual(expected);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>The plainest receiver there can be: lines end with CRLF, a line of one dot ends the message, a first dot is taken off. It must use up all octets.</summary>
    private static byte[] Receive(byte[] wire)
    {
        var content = new List<byte>();
        var start = 0;
        while (true)
        {
            var length = wire.AsSpan(start).IndexOf("\r\n"u8);
            Assert.True(length >= 0, "the message does not end");
            var line = wire.AsSpan(start, length);
            start += length + 2;
            if (line.SequenceEqual("."u8))
            {
                Assert.Equal(wire.Length, start);
                return [.. content];
            }

            // The stuffer treats a lone LF as a line end too: a dot behind it was doubled.
            var text = Encoding.Latin1.GetString(line).Replace("\n..", "\n.", StringComparison.Ordinal);
            content.AddRange(Encoding.Latin1.GetBytes(text.StartsWith('.') ? text[1..] : text));
            content.AddRange("\r\n"u8);
        }
    }

    private static byte[] Stuff(DotStuffer stuffer, IEnumerable<byte[]> chunks)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var chunk in chunks)
        {
            stuffer.Write(chunk, output);
        }

        stuffer.Complete(output);
        return output.WrittenSpan.ToArray();
    }
}
