using System.Buffers.Binary;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtaCluster.Protocol.Proxy;
using Xunit;

namespace MtaCluster.Protocol.Tests.Proxy;

public sealed class ProxyHeaderParserSpecs
{
    private const string Tcp4 = "0d0a0d0a000d0a515549540a2111000cc0000201c6336401dc040019";
    private const string Tcp6 = "0d0a0d0a000d0a515549540a2121002420010db800000000000000000000000120010db8000000000000000000000002dc040019";

    // With PP2_TYPE_NOOP of two octets before the checksum.
    private static readonly byte[] s_checked = WithChecksum(Tcp4, "0400020000");

    private static readonly IPEndPoint s_source4 = IPEndPoint.Parse("192.0.2.1:56324");
    private static readonly IPEndPoint s_destination4 = IPEndPoint.Parse("198.51.100.1:25");

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n", "192.0.2.1:56324", "198.51.100.1:25")]
    [InlineData("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n", "255.255.255.255:65535", "0.0.0.0:0")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:DB8:0:0:0:0:0:2 1 25\r\n", "[2001:db8::1]:1", "[2001:db8::2]:25")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 25\r\n", "[::ffff:192.0.2.1]:1", "[::1]:25")]
    public void A_line_of_version_1_names_the_client(string line, string source, string destination)
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Parse(Encoding.ASCII.GetBytes(line + "EHLO x\r\n"), out var header, out var length));

        Assert.Equal(new ProxyHeader.Tcp(IPEndPoint.Parse(source), IPEndPoint.Parse(destination)), header);
        Assert.Equal(line.Length, length);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff whatever\r\n")]
    [InlineData("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n")]
    public void A_line_of_version_1_may_say_that_the_client_is_not_known(string line)
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Parse(Encoding.ASCII.GetBytes(line), out var header, out var length));

        Assert.Equal((ProxyHeader.Local.Instance, line.Length), (header, length));
    }

    [Theory]
    [InlineData("EHLO x\r\n")]
    [InlineData("proxy TCP4 192.0.2.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXYTCP4 192.0.2.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY  TCP4 192.0.2.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25 \r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n")]
    [InlineData("PROXY TCP5 192.0.2.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 192.0.02.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 0x7f.0.0.1 198.51.100.1 56324 25\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 56324 25\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 ::1 56324 25\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 ::1 56324 25\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 56324 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 65536 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 056 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 -1 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 \r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\rX")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\n\r\n")]
    [InlineData("PROXY \r\n")]
    public void What_is_not_quite_version_1_is_refused(string line)
        => Assert.Equal(ProxyHeaderStatus.Malformed, Parse(Encoding.ASCII.GetBytes(line), out _, out _));

    [Fact]
    public void A_line_of_version_1_ends_within_107_octets()
    {
        var line = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 91) + "\r\n");
        Assert.Equal(107, line.Length);
        Assert.Equal(ProxyHeaderStatus.Complete, Parse(line, out _, out _));

        var longer = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 92) + "\r\n");
        Assert.Equal(ProxyHeaderStatus.Incomplete, Parse(longer[..106], out _, out _));
        Assert.Equal(ProxyHeaderStatus.Malformed, Parse(longer[..107], out _, out _));
        Assert.Equal(ProxyHeaderStatus.Malformed, Parse(longer, out _, out _));
    }

    [Fact]
    public void Version_2_names_the_client_in_either_family()
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Parse([.. Convert.FromHexString(Tcp4), .. "EHLO x"u8], out var header, out var length));
        Assert.Equal((new ProxyHeader.Tcp(s_source4, s_destination4), 28), (header, length));

        Assert.Equal(ProxyHeaderStatus.Complete, Parse(Convert.FromHexString(Tcp6), out header, out length));
        Assert.Equal((new ProxyHeader.Tcp(IPEndPoint.Parse("[2001:db8::1]:56324"), IPEndPoint.Parse("[2001:db8::2]:25")), 52), (header, length));
    }

    [Theory]
    [InlineData("2000", "")]
    [InlineData("2011", "0102")]
    [InlineData("20ff", "0102030405")]
    [InlineData("2100", "")]
    [InlineData("2100", "0102030405")]
    public void A_connection_of_the_proxy_itself_keeps_its_addresses(string commandAndFamily, string rest)
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Parse(V2(commandAndFamily, rest), out var header, out _));
        Assert.Equal(ProxyHeader.Local.Instance, header);
    }

    [Fact]
    public void A_client_over_a_Unix_socket_has_no_address()
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Parse(V2("2131", new string('0', 432)), out var header, out var length));
        Assert.Equal((ProxyHeader.Unix.Instance, 232), (header, length));
        Assert.Equal(ProxyHeaderStatus.Malformed, Parse(V2("2131", new string('0', 430)), out _, out _));
    }

    [Theory]
    [InlineData("1111", "c0000201c6336401dc040019")]
    [InlineData("2211", "c0000201c6336401dc040019")]
    [InlineData("2112", "c0000201c6336401dc040019")]
    [InlineData("2101", "c0000201c6336401dc040019")]
    [InlineData("2141", "c0000201c6336401dc040019")]
    [InlineData("2111", "c0000201c6336401dc0400")]
    [InlineData("2121", "c0000201c6336401dc040019")]
    [InlineData("2111", "c0000201c6336401dc04001904")]
    [InlineData("2111", "c0000201c6336401dc0400190400")]
    [InlineData("2111", "c0000201c6336401dc040019040001")]
    [InlineData("2111", "c0000201c6336401dc04001903000400000000")]
    [InlineData("2111", "c0000201c6336401dc040019030003000000")]
    public void What_is_not_quite_version_2_is_refused(string commandAndFamily, string rest)
        => Assert.Equal(ProxyHeaderStatus.Malformed, Parse(V2(commandAndFamily, rest), out _, out _));

    [Fact]
    public void A_header_longer_than_is_taken_is_refused_by_its_length_alone()
    {
        byte[] head = [.. Convert.FromHexString(Tcp4[..24]), 0x21, 0x11, 0x10, 0x00];

        Assert.Equal(ProxyHeaderStatus.Malformed, Parse(head, out _, out _));
        Assert.Equal(ProxyHeaderStatus.Complete, Parse(V2("2111", "c0000201c6336401dc040019" + "040fe1" + new string('0', 2 * 0xfe1)), out _, out var length));
        Assert.Equal(ProxyHeaderParser.MaximumLength, length);
    }

    [Fact]
    public void A_checksum_is_checked_where_there_is_one()
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Parse(s_checked, out var header, out _));
        Assert.Equal(new ProxyHeader.Tcp(s_source4, s_destination4), header);

        // But for the type of the checksum itself: with another one, it is none.
        for (var i = 16; i < s_checked.Length; i++)
        {
            if (i == s_checked.Length - 7)
            {
                continue;
            }

            var damaged = s_checked.ToArray();
            damaged[i] ^= 1;
            Assert.Equal(ProxyHeaderStatus.Malformed, Parse(damaged, out _, out _));
        }

        // Twice is once too often.
        Assert.Equal(ProxyHeaderStatus.Malformed, Parse(WithChecksum(Tcp4, "03000400000000"), out _, out _));
    }

    [Fact]
    public void Where_the_input_is_cut_makes_no_difference()
    {
        byte[][] headers =
        [
            "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n"u8.ToArray(), "PROXY UNKNOWN\r\n"u8.ToArray(),
            Convert.FromHexString(Tcp4), Convert.FromHexString(Tcp6), V2("2011", "01"), s_checked,
        ];
        foreach (var whole in headers)
        {
            Assert.Equal(ProxyHeaderStatus.Complete, Parse(whole, out var expected, out _));
            for (var cut = 0; cut < whole.Length; cut++)
            {
                Assert.Equal(ProxyHeaderStatus.Incomplete, Parse(whole[..cut], out var none, out var length));
                Assert.Equal((null, 0), (none, length));
            }

            Assert.Equal(ProxyHeaderStatus.Complete, Parse([.. whole, 0x50], out var header, out var consumed));
            Assert.Equal((expected, whole.Length), (header, consumed));
        }
    }

    [Fact]
    public void Whatever_the_octets_a_verdict_is_never_taken_back_and_comes_within_the_bound()
    {
        var starts = Gen.Elements<byte[]>([], Convert.FromHexString(Tcp4), Convert.FromHexString(Tcp6)[..20], s_checked, "PROXY TCP4 "u8.ToArray(), "PROXY "u8.ToArray());
        var octets = Gen.Frequency((4, Gen.Elements("PROXY TCP4 192.0.2.1\r\n\0\x21\x11"u8.ToArray())), (1, ArbMap.Default.GeneratorFor<byte>())).ArrayOf();
        Prop.ForAll(starts.ToArbitrary(), octets.ToArbitrary(), (start, rest) =>
        {
            byte[] input = [.. start, .. rest];
            var verdict = ProxyHeaderStatus.Incomplete;
            ProxyHeader? found = null;
            for (var length = 0; length <= input.Length; length++)
            {
                var status = Parse(input[..length], out var header, out var consumed);
                if (verdict != ProxyHeaderStatus.Incomplete && (status != verdict || header != found))
                {
                    return false;
                }

                if (consumed > length || (header is not null) != (status == ProxyHeaderStatus.Complete))
                {
                    return false;
                }

                (verdict, found) = (status, header);
            }

            return Parse([.. input, .. new byte[ProxyHeaderParser.MaximumLength]], out _, out _) != ProxyHeaderStatus.Incomplete;
        }).Hold();
    }

    private static ProxyHeaderStatus Parse(byte[] input, out ProxyHeader? header, out int length) => ProxyHeaderParser.Parse(input, out header, out length);

    private static byte[] V2(string commandAndFamily, string rest)
    {
        var octets = Convert.FromHexString(rest);
        return [.. Convert.FromHexString(Tcp4[..24]), .. Convert.FromHexString(commandAndFamily), (byte)(octets.Length >> 8), (byte)octets.Length, .. octets];
    }

    /// <summary>A header with further TLVs and, last, its checksum: by another implementation than the parser's.</summary>
    private static byte[] WithChecksum(string header, string tlvs)
    {
        byte[] whole = [.. Convert.FromHexString(header), .. Convert.FromHexString(tlvs), 0x03, 0x00, 0x04, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(whole.AsSpan(14), (ushort)(whole.Length - 16));
        BinaryPrimitives.WriteUInt32BigEndian(whole.AsSpan(whole.Length - 4), SlowCrc32C(whole));
        return whole;
    }

    private static uint SlowCrc32C(byte[] octets)
    {
        var crc = uint.MaxValue;
        foreach (var octet in octets)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
            }
        }

        return ~crc;
    }
}
