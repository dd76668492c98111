using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Protocol.Smtp.Server;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Server;

public sealed class DataReaderSpecs
{
    private const string Whole = "Subject: x\r\n\r\n..dot\r\nline\r\n...\r\n .\r\n\u00fc\r\n..\r\n.\r\n";
    private const string Content = "Subject: x\r\n\r\n.dot\r\nline\r\n..\r\n .\r\n\u00fc\r\n.\r\n";

    [Theory]
    [InlineData(".\r\n", "")]
    [InlineData("\r\n.\r\n", "\r\n")]
    [InlineData("a\r\n.\r\n", "a\r\n")]
    [InlineData("..\r\n.\r\n", ".\r\n")]
    [InlineData(".a\r\n.\r\n", "a\r\n")]
    [InlineData("...\r\n..\r\n.\r\n", "..\r\n.\r\n")]
    [InlineData("a.\r\n.b\r\n.\r\n", "a.\r\nb\r\n")]
    [InlineData("..\r\n..\r\n..\r\n.\r\n", ".\r\n.\r\n.\r\n")]
    [InlineData(Whole, Content)]
    public void Stuffed_dots_are_taken_out_and_the_end_of_data_is_not_content(string input, string content)
    {
        var read = Read(Encoding.UTF8.GetBytes(input));
        Assert.True(read.Complete);
        Assert.Equal(DataFault.None, read.Fault);
        Assert.Equal(content, Encoding.UTF8.GetString(read.Content));
        Assert.Equal(Encoding.UTF8.GetByteCount(content), read.Length);
    }

    [Fact]
    public void Where_the_input_is_cut_makes_no_difference()
    {
        string[] inputs =
        [
            Whole, "a\rb\r\n.\r\n", "a\nb\r\n.\r\n", "\r\r\n.\r\n", ".\r\r\n.\r\n", ".\rx\r\n.\r\n", "a\0\r\n.\r\n", ".\n.\r\n.\r\n",
            "0123456789012345678901234567890123456789x\r\n.\r\n", "a\r\n\n.\n\r\n.\r\r\n.\r\n",
        ];
        foreach (var input in inputs.Select(Encoding.UTF8.GetBytes))
        {
            var expected = Read(input);
            Assert.True(expected.Complete);
            for (var cut = 0; cut <= input.Length; cut++)
            {
                for (var second = cut; second <= input.Length; second++)
                {
                    AssertSame(expected, Read(input[..cut], input[cut..second], input[second..]));
                }
            }

            AssertSame(expected, Read([.. input.Select(octet => (byte[])[octet])]));
        }
    }

    [Fact]
    public void Whatever_the_octets_and_cuts_the_reader_stays_in_bounds_and_says_the_same()
    {
        var octets = Gen.Frequency(
            (6, Gen.Elements("\r\n.\0a"u8.ToArray())),
            (1, ArbMap.Default.GeneratorFor<byte>())).ArrayOf();
        Prop.ForAll(octets.ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), (input, size) =>
        {
            var whole = Read(new DataReader(1 << 20, 1 << 20), input);
            var cut = Read(new DataReader(1 << 20, 1 << 20), [.. input.Chunk(size)]);
            return whole.Fault == cut.Fault && whole.Complete == cut.Complete && whole.Consumed == cut.Consumed
                && (whole.Fault != DataFault.None || whole.Content.SequenceEqual(cut.Content))
                && whole.Content.Length <= input.Length
                && AgreesWithTheSpecification(input, whole);
        }).Hold();
    }

    [Fact]
    public void What_is_stuffed_comes_out_as_it_was()
    {
        var lines = Gen.OneOf(Gen.Elements("", ".", "..", ".a", "a.", " ", "\u00fc"), Gen.Elements("x", "longer line", ". .")).ArrayOf();
        Prop.ForAll(lines.ToArbitrary(), content =>
        {
            var plain = string.Concat(content.Select(line => line + "\r\n"));
            var stuffed = string.Concat(content.Select(line => (line.StartsWith('.') ? "." : string.Empty) + line + "\r\n")) + ".\r\n";
            var read = Read(Encoding.UTF8.GetBytes(stuffed));
            return read.Complete && read.Fault == DataFault.None && Encoding.UTF8.GetString(read.Content) == plain;
        }).Hold();
    }

    [Fact]
    public void No_mixture_of_line_ends_dots_and_nul_smuggles_a_second_message()
    {
        // Every sequence of up to 7 of these octets between two lines. What comes out is one message, or a refusal at the one true end.
        const string Second = "MAIL FROM:<evil@x.org>\r\n";
        var alphabet = "\r\n.\0"u8.ToArray();
        for (var length = 0; length <= 7; length++)
        {
            var count = (int)Math.Pow(alphabet.Length, length);
            for (var number = 0; number < count; number++)
            {
                var middle = new byte[length];
                for (int i = 0, rest = number; i < length; i++, rest /= alphabet.Length)
                {
                    middle[i] = alphabet[rest % alphabet.Length];
                }

                byte[] input = [.. "first"u8, .. middle, .. Encoding.ASCII.GetBytes(Second), .. "\r\n.\r\n"u8];
                var read = Read(input);
                Assert.True(read.Complete);
                Assert.True(AgreesWithTheSpecification(input, read), Convert.ToHexString(middle));
            }
        }
    }

    [Theory]
    [InlineData("a\n.\n", false)]
    [InlineData("a\n.\r\n", false)]
    [InlineData("a\r.\r", false)]
    [InlineData("a\r.\r\n", false)]
    [InlineData("a\r\n.\n", false)]
    [InlineData("a\r\n.\r", false)]
    [InlineData("a\r\n.\0\r\n", false)]
    [InlineData("a\r\n\0.\r\n", false)]
    [InlineData("a\r\n.\r\0\n", false)]
    [InlineData("a\n\n.\r\n", false)]
    [InlineData("a\r\n..\r\n", false)]
    [InlineData("a\r\n.\r\n", true)]
    [InlineData("a\r\r\n.\r\n", true)]
    public void Only_CRLF_dot_CRLF_ends_the_data(string input, bool ends) =>
        Assert.Equal(ends, Read(Encoding.ASCII.GetBytes(input)).Complete);

    [Theory]
    [InlineData("a\rb\r\n.\r\n", DataFault.BareLineEnd)]
    [InlineData("a\nb\r\n.\r\n", DataFault.BareLineEnd)]
    [InlineData("a\0b\r\n.\r\n", DataFault.NulOctet)]
    [InlineData("a\0\n\r\n.\r\n", DataFault.NulOctet)]
    [InlineData("0123456789\r\n.\r\n", DataFault.None)]
    [InlineData("0123456789a\r\n.\r\n", DataFault.LineTooLong)]
    [InlineData("..123456789\r\n.\r\n", DataFault.None)]
    [InlineData("01234567\r\n0123456\r\n0\r\n.\r\n", DataFault.TooBig)]
    [InlineData("01234567\r\n012345\r\n\r\n.\r\n", DataFault.None)]
    public void A_bad_message_is_read_to_its_end_and_then_refused(string input, DataFault fault)
    {
        var reader = new DataReader(maximumSize: 20, maximumLineLength: 10);
        var read = Read(reader, Encoding.ASCII.GetBytes(input));
        Assert.True(read.Complete);
        Assert.Equal(fault, read.Fault);
        if (fault is DataFault.BareLineEnd or DataFault.NulOctet)
        {
            Assert.Empty(read.Content);
        }
    }

    [Fact]
    public void Nothing_behind_the_end_of_data_is_touched()
    {
        var read = Read("a\r\n.\r\nQUIT\r\n"u8.ToArray());
        Assert.Equal(6, read.Consumed);
        Assert.Equal("a\r\n"u8.ToArray(), read.Content);
    }

    [Fact]
    public void Octets_above_127_are_noticed()
    {
        Assert.False(Read("plain\r\n.\r\n"u8.ToArray()).EightBit);
        Assert.True(Read([.. "plain\r\n"u8, 0x80, .. "\r\n.\r\n"u8]).EightBit);
    }

    // The plain reading of RFC 5321 §4.1.1.4 that the reader must agree with.
    private static bool AgreesWithTheSpecification(byte[] input, Outcome read)
    {
        var text = "\r\n" + Encoding.Latin1.GetString(input);
        var end = text.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        if (read.Complete != end >= 0)
        {
            return false;
        }

        var data = end < 0 ? text[2..] : text.Substring(2, end);
        if (end < 0)
        {
            return true;
        }

        var isBad = data.Contains('\0', StringComparison.Ordinal)
            || data.Replace("\r\n", string.Empty, StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n');
        var unstuffed = ("\r\n" + data).Replace("\r\n.", "\r\n", StringComparison.Ordinal)[2..];
        return read.Consumed == end + 3
            && (read.Fault == DataFault.None) == !isBad
            && (isBad || Encoding.Latin1.GetString(read.Content) == unstuffed);
    }

    private static void AssertSame(Outcome expected, Outcome actual)
    {
        Assert.Equal(expected.Fault, actual.Fault);
        Assert.Equal(expected.Complete, actual.Complete);
        Assert.Equal(expected.Consumed, actual.Consumed);
        Assert.Equal(expected.EightBit, actual.EightBit);
        if (expected.Fault == DataFault.None)
        {
            Assert.Equal(expected.Content, actual.Content);
            Assert.Equal(expected.Length, actual.Length);
        }
    }

    private static Outcome Read(params byte[][] pieces) => Read(new DataReader(1 << 20, 40), pieces);

    private static Outcome Read(DataReader reader, params byte[][] pieces)
    {
        var content = new List<byte>();
        var total = 0;
        foreach (var piece in pieces)
        {
            var input = piece.AsSpan();
            while (!input.IsEmpty && !reader.IsComplete)
            {
                content.AddRange(reader.Read(input, out var consumed));
                Assert.True(consumed > 0);
                total += consumed;
                input = input[consumed..];
            }
        }

        return new Outcome([.. content], total, reader.IsComplete, reader.Fault, reader.HasEightBit, reader.Length);
    }

    private sealed record Outcome(byte[] Content, int Consumed, bool Complete, DataFault Fault, bool EightBit, long Length);
}
