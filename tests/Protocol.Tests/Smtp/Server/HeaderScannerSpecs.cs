using System.Text;
using MtaCluster.Protocol.Smtp.Server;
using Xunit;

namespace MtaCluster.Protocol.Tests.Smtp.Server;

public sealed class HeaderScannerSpecs
{
    [Theory]
    [InlineData("", 0, false, false, false)]
    [InlineData("\r\nbody\r\n", 0, false, false, false)]
    [InlineData("\r\nReceived: x\r\nDate: x\r\n", 0, false, false, false)]
    [InlineData("Subject: x\r\n\r\n", 0, false, false, false)]
    [InlineData("Received: a\r\n\tDate: folded\r\nRECEIVED : b\r\nreceived:\r\n\r\nReceived: body\r\n", 3, false, false, false)]
    [InlineData("Message-ID: <x>\r\nDATE: now\r\n\r\n", 0, true, true, false)]
    [InlineData("message-id:<x>\r\n", 0, true, false, false)]
    [InlineData("X-Received: a\r\nReceived-SPF: b\r\nDate-X: c\r\n\r\n", 0, false, false, false)]
    [InlineData("no header\r\nDate: x\r\n", 0, false, false, true)]
    [InlineData("From someone Mon\r\nDate: x\r\n", 0, false, false, true)]
    [InlineData(" Received: x\r\nDate: x\r\n", 0, false, false, true)]
    [InlineData("\tfolded\r\n\r\n", 0, false, false, true)]
    [InlineData(": x\r\n\r\n", 0, false, false, true)]
    [InlineData("S\u00fcbject: x\r\n\r\n", 0, false, false, true)]
    [InlineData("justaword\r\n\r\n", 0, false, false, true)]
    [InlineData("Date: x\r\nnot a field\r\nMessage-ID: y\r\n", 0, false, true, false)]
    public void The_header_section_is_read_and_the_body_is_not(string content, int received, bool messageId, bool date, bool separator)
    {
        var octets = Encoding.UTF8.GetBytes(content);
        for (var size = 1; size <= octets.Length + 1; size++)
        {
            var scanner = new HeaderScanner();
            foreach (var piece in octets.Chunk(size))
            {
                scanner.Feed(piece);
            }

            Assert.Equal(
                (received, messageId, date, separator),
                (scanner.ReceivedCount, scanner.HasMessageId, scanner.HasDate, scanner.NeedsSeparator));
        }
    }

    [Fact]
    public void A_name_that_does_not_end_is_no_field()
    {
        var scanner = new HeaderScanner();
        scanner.Feed(Encoding.ASCII.GetBytes(new string('a', 300) + ": x\r\n"));
        Assert.True(scanner.NeedsSeparator);
        Assert.True(scanner.IsDone);
    }

    [Fact]
    public void The_value_of_a_field_may_be_as_long_as_it_likes()
    {
        var scanner = new HeaderScanner();
        scanner.Feed(Encoding.ASCII.GetBytes("X: " + new string('a', 10_000)));
        scanner.Feed(Encoding.ASCII.GetBytes(new string('a', 10_000) + "\r\nDate: x\r\n"));
        Assert.True(scanner.HasDate);
        Assert.False(scanner.IsDone);
    }

    [Fact]
    public void An_endless_header_section_is_left_after_256_KiB()
    {
        var field = Encoding.ASCII.GetBytes("X: " + new string('a', 1019) + "\r\n");
        var scanner = new HeaderScanner();
        for (var i = 0; i < 256; i++)
        {
            Assert.False(scanner.IsDone);
            scanner.Feed(field);
        }

        Assert.True(scanner.IsDone);
        scanner.Feed("Date: x\r\n"u8);
        Assert.False(scanner.HasDate);
    }
}
