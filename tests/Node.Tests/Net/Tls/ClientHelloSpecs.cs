using System.Buffers;
using MtaCluster.Node.Net.Tls;
using Xunit;

namespace MtaCluster.Node.Tests.Net.Tls;

public sealed class ClientHelloSpecs
{
    [Theory]
    [InlineData("002b0003020304", true)]
    [InlineData("002b00050403040303", true)]
    [InlineData("002b00050403030304", true)]
    [InlineData("0000000f000d00000a6d782e6578616d706c65002b0003020304", true)]
    [InlineData("002b0003020303", false)]
    [InlineData("002b00020103", false)]
    [InlineData("002b0003040304", false)]
    [InlineData("002b0004020304", false)]
    [InlineData("0000000f000d00000a6d782e6578616d706c65", false)]
    [InlineData("", false)]
    [InlineData("00", false)]
    public void TLS_1_3_is_offered_where_it_is_among_the_supported_versions(string extensions, bool offers)
        => Assert.Equal(offers, ClientHello.OffersTls13(new ReadOnlySequence<byte>(Hello(extensions))));

    [Fact]
    public void Until_the_whole_record_is_there_nothing_is_said()
    {
        var hello = Hello("002b0003020304");
        for (var length = 0; length < hello.Length; length++)
        {
            Assert.Null(ClientHello.OffersTls13(new ReadOnlySequence<byte>(hello, 0, length)));
        }

        Assert.True(ClientHello.OffersTls13(new ReadOnlySequence<byte>([.. hello, 0x17])));
    }

    [Fact]
    public void However_it_is_damaged_it_is_answered()
    {
        var hello = Hello("002b0003020304");
        for (var i = 0; i < hello.Length; i++)
        {
            for (var value = 0; value < 256; value += 5)
            {
                var damaged = hello.ToArray();
                damaged[i] = (byte)value;
                ClientHello.OffersTls13(new ReadOnlySequence<byte>(damaged));
            }
        }

        Assert.False(ClientHello.OffersTls13(new ReadOnlySequence<byte>("EHLO x\r\n"u8.ToArray())));
        Assert.False(ClientHello.OffersTls13(new ReadOnlySequence<byte>("E"u8.ToArray())));
        Assert.False(ClientHello.OffersTls13(new ReadOnlySequence<byte>([22, 3, 1, 0x40, 1])));
        Assert.False(ClientHello.OffersTls13(new ReadOnlySequence<byte>([22, 3, 1, 0, 1, 2])));
    }

    private static byte[] Hello(string extensions)
    {
        var last = Convert.FromHexString(extensions);
        byte[] body = [3, 3, .. new byte[32], 1, 7, 0, 4, 0x13, 1, 0x13, 2, 1, 0, (byte)(last.Length >> 8), (byte)last.Length, .. last];
        byte[] message = [1, 0, 0, (byte)body.Length, .. body];
        return [22, 3, 1, 0, (byte)message.Length, .. message];
    }
}
