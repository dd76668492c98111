using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Protocol.Smtp.Server;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Server;

public sealed class ChunkReaderSpecs
{
    [Theory]
    [InlineData("a\r\nb\r\n", DataFault.None, "")]
    [InlineData("", DataFault.None, "")]
    [InlineData("a\r\nb", DataFault.None, "\r\n")]
    [InlineData(".\r\n..\r\n", DataFault.None, "")]
    [InlineData("a\r\n.\r\nMAIL FROM:\r\n", DataFault.None, "")]
    [InlineData("a\nb\r\n", DataFault.BareLineEnd, "")]
    [InlineData("a\rb\r\n", DataFault.BareLineEnd, "")]
    [InlineData("a\r", DataFault.BareLineEnd, "")]
    [InlineData("a\r\r\n", DataFault.BareLineEnd, "")]
    [InlineData("a\n.\r\n", DataFault.BareLineEnd, "")]
    [InlineData("a\0\r\n", DataFault.NulOctet, "")]
    [InlineData("12345678901\r\n", DataFault.LineTooLong, "")]
    [InlineData("1234567890\r\n1234567890\r\n1234567890\r\n", DataFault.TooBig, "")]
    public void Lines_are_kept_to_as_in_data(string content, DataFault fault, string ending)
    {
        foreach (var size in (int[])[1, 2, 3, int.MaxValue])
        {
            var (text, reader) = Read(Encoding.ASCII.GetBytes(content), size, isBinary: false);
            Assert.Equal(fault, reader.Fault);
            if (fault == DataFault.None)
            {
                Assert.Equal(content, Encoding.ASCII.GetString(text));
                Assert.Equal(ending, Encoding.ASCII.GetString(reader.Ending));
            }
        }
    }

    [Fact]
    public void Every_mix_of_line_ends_dots_and_NUL_is_one_message_or_refused()
    {
        byte[] alphabet = [(byte)'\r', (byte)'\n', (byte)'.', 0, (byte)'a'];
        for (var number = 0; number < Math.Pow(alphabet.Length, 7); number++)
        {
            var octets = new byte[7];
            for (var (i, rest) = (0, number); i < octets.Length; i++, rest /= alphabet.Length)
            {
                octets[i] = alphabet[rest % alphabet.Length];
            }

            var clean = Encoding.ASCII.GetString(octets).Replace("\r\n", string.Empty, StringComparison.Ordinal).AsSpan().IndexOfAny('\r', '\n', '\0') < 0;
            var (content, reader) = Read(octets, 3, isBinary: false);
            Assert.Equal(clean, reader.Fault == DataFault.None);
            Assert.True(!clean || content.AsSpan().SequenceEqual(octets));
        }
    }

    [Fact]
    public void Binary_content_is_taken_as_it_is()
    {
        byte[] octets = [0, 10, 13, 46, 13, 10, 255];
        var (text, reader) = Read(octets, 2, isBinary: true);
        Assert.Equal((DataFault.None, true, 7), (reader.Fault, reader.HasEightBit, reader.Length));
        Assert.Equal(octets, text);
        Assert.True(reader.Ending.IsEmpty);
    }

    [Fact]
    public void How_the_content_is_cut_does_not_tell()
    {
        var octets = Gen.Elements("ab.\r\n\0\u00fc"u8.ToArray()).ArrayOf();
        Prop.ForAll(octets.ToArbitrary(), Gen.Choose(1, 5).ToArbitrary(), (content, size) =>
        {
            var (whole, one) = Read(content, int.MaxValue, isBinary: false);
            var (cut, other) = Read(content, size, isBinary: false);
            return one.Fault == other.Fault && (one.Fault != DataFault.None || whole.SequenceEqual(cut));
        }).Hold();
    }

    private static (byte[] Content, ChunkReader Reader) Read(byte[] octets, int size, bool isBinary)
    {
        var reader = new ChunkReader(maximumSize: 30, maximumLineLength: 10, isBinary);
        var content = octets.Chunk(Math.Min(size, Math.Max(1, octets.Length))).SelectMany(piece => reader.Read(piece).ToArray()).ToArray();
        reader.Complete();
        return (content, reader);
    }
}
