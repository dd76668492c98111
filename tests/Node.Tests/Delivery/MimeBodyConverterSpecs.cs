using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;
using MtaCluster.Actors.Delivery;
using MtaCluster.Actors.Storage;
using MtaCluster.Node.Delivery;
using Xunit;

namespace MtaCluster.Node.Tests.Delivery;

public sealed class MimeBodyConverterSpecs
{
    private const string TextHeader = "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";

    private readonly MimeBodyConverter _converter = new(NullLogger<MimeBodyConverter>.Instance);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Text_in_8_bits_becomes_text_in_7_that_says_the_same()
    {
        var text = string.Concat(Enumerable.Repeat("Gr\u00fc\u00dfe aus K\u00f6ln, na\u00efve \u2603\r\n", 50));

        var converted = await ConvertAsync(Encoding.UTF8.GetBytes(TextHeader + "\r\n" + text), BodyConstraint.SevenBit);

        Assert.True(Ascii.IsValid(converted));
        var message = Load(converted!);
        Assert.Equal("a@example.org", Assert.Single(message.From.Mailboxes).Address);
        Assert.Equal(text, ((TextPart)message.Body!).Text.ReplaceLineEndings("\r\n"));
    }

    [Fact]
    public async Task What_need_not_change_does_not()
    {
        const string Header = "DKIM-Signature: v=1; b=abc\r\nX-Odd:   spaced   out\r\nSubject: =?utf-8?q?x?=\r\n";
        const string Plain = "--b\r\nContent-Type: text/plain\r\n\r\n  plain\r\n";
        const string Coded = "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n";
        var original = Header + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n" + Plain + Coded
            + "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<b>\u00e9</b> and a good deal of plain text\r\n--b--\r\nepilogue\r\n";

        var converted = Encoding.UTF8.GetString((await ConvertAsync(Encoding.UTF8.GetBytes(original), BodyConstraint.SevenBit))!);

        Assert.StartsWith(Header, converted, StringComparison.Ordinal);
        Assert.Contains("preamble\r\n" + Plain + Coded, converted, StringComparison.Ordinal);
        Assert.Contains("--b--\r\nepilogue", converted, StringComparison.Ordinal);
        Assert.Contains("<b>=C3=A9</b> and", converted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BodyConstraint.SevenBit)]
    [InlineData(BodyConstraint.EightBit)]
    public async Task Binary_parts_become_base64_to_the_octet(BodyConstraint constraint)
    {
        var content = new byte[5_000];
        new Random(3).NextBytes(content);
        "\r\n.\r\n\n\r\0"u8.CopyTo(content);
        byte[] original =
        [
            .. "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: binary\r\n\r\n"u8,
            .. "--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"u8,
            .. content,
            .. "\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\u00e9\r\n--b--\r\n"u8,
        ];

        var converted = await ConvertAsync(original, constraint);

        var parts = (Multipart)Load(converted!).Body!;
        Assert.Equal(constraint == BodyConstraint.SevenBit ? "7bit" : "8bit", parts.Headers[HeaderId.ContentTransferEncoding]);
        using var decoded = new MemoryStream();
        ((MimePart)parts[0]).Content!.DecodeTo(decoded, Stop);
        Assert.Equal(content, decoded.ToArray());
        Assert.Equal("\u00e9", ((TextPart)parts[1]).Text.TrimEnd());
        Assert.Equal(constraint == BodyConstraint.EightBit, converted.AsSpan().IndexOf("\u00e9"u8) >= 0);
    }

    [Theory]
    [InlineData("text/plain", "8bit", "a\nb\u00e9\r\n")]
    [InlineData("application/x", "7bit", "a\0b")]
    [InlineData("text/plain", "binary", "a\rb\n")]
    public async Task Content_that_is_not_in_lines_keeps_its_octets_whatever_it_is_said_to_be(string type, string encoding, string content)
    {
        var original = $"MIME-Version: 1.0\r\nContent-Type: {type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{content}";

        var converted = await ConvertAsync(Encoding.UTF8.GetBytes(original), BodyConstraint.SevenBit);

        using var decoded = new MemoryStream();
        ((MimePart)Load(converted!).Body!).Content!.DecodeTo(decoded, Stop);
        Assert.Equal(Encoding.UTF8.GetBytes(content), decoded.ToArray());
    }

    [Fact]
    public async Task A_message_within_a_message_is_converted_within()
    {
        var original = "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + TextHeader + "\r\n\u00e9\r\n";

        var converted = await ConvertAsync(Encoding.UTF8.GetBytes(original), BodyConstraint.SevenBit);

        Assert.True(Ascii.IsValid(converted));
        Assert.Equal("\u00e9", ((TextPart)((MessagePart)Load(converted!).Body!).Message!.Body!).Text.TrimEnd());
    }

    [Fact]
    public async Task Octets_that_nobody_declared_are_declared()
    {
        var converted = Encoding.ASCII.GetString((await ConvertAsync([.. "Subject: x\r\n\r\n"u8, 0xe9, .. " and a good deal of plain text\r\n"u8], BodyConstraint.SevenBit))!);

        Assert.Contains("MIME-Version: 1.0\r\n", converted, StringComparison.Ordinal);
        Assert.Contains("charset=unknown-8bit", converted, StringComparison.Ordinal);
        Assert.Contains("=E9", converted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_no_encoding_can_help_is_not_converted()
    {
        Assert.Null(await ConvertAsync("Subject: a\nb\0\r\n\r\nx\r\n"u8.ToArray(), BodyConstraint.EightBit));
        Assert.Null(await _converter.ConvertAsync(new OneChunk([], MimeBodyConverter.MaximumSize + 1), BodyConstraint.SevenBit, Stop));
    }

    [Fact]
    public async Task Random_octets_are_converted_or_not_but_never_into_something_unfit()
    {
        var random = new Random(9);
        for (var round = 0; round < 300; round++)
        {
            var octets = new byte[random.Next(400)];
            for (var i = 0; i < octets.Length; i++)
            {
                octets[i] = "\r\n\r\n:;=\"-- abcMIME-Version\u00e9\0multipart/mixed;boundary=b"u8[random.Next(50)];
            }

            byte[] header = round % 2 == 0 ? [.. "Content-Type: multipart/mixed; boundary=\"--\"\r\n\r\n"u8] : [];
            if (await ConvertAsync([.. header, .. octets], BodyConstraint.SevenBit) is { } converted)
            {
                Assert.DoesNotContain((byte)0, converted);
                var text = Encoding.Latin1.GetString(converted).Replace("\r\n", "", StringComparison.Ordinal);
                Assert.DoesNotContain('\r', text);
                Assert.DoesNotContain('\n', text);
            }
        }
    }

    [Fact]
    public async Task Only_so_many_are_held_at_once_and_a_disposed_one_makes_room()
    {
        var held = new List<BodyReader>();
        for (var i = 0; i < 4; i++)
        {
            held.Add((await _converter.ConvertAsync(Body(Encoding.UTF8.GetBytes(TextHeader + "\r\n\u00e9\r\n")), BodyConstraint.SevenBit, Stop))!);
        }

        var fifth = _converter.ConvertAsync(Body(Encoding.UTF8.GetBytes(TextHeader + "\r\n\u00e9\r\n")), BodyConstraint.SevenBit, Stop).AsTask();
        Assert.False(fifth.IsCompleted);
        await held[0].DisposeAsync();
        await held[0].DisposeAsync();

        Assert.NotNull(await fifth.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    private static MimeMessage Load(byte[] octets) => MimeMessage.Load(new MemoryStream(octets), Stop);

    private static OneChunk Body(byte[] octets) => new(octets, octets.Length);

    private async Task<byte[]?> ConvertAsync(byte[] original, BodyConstraint constraint)
    {
        var converted = await _converter.ConvertAsync(Body(original), constraint, Stop);
        if (converted is null)
        {
            return null;
        }

        await using (converted)
        {
            var octets = (await converted.ReadAsync(Stop)).ToArray();
            Assert.Equal(converted.Length, octets.Length);
            Assert.True((await converted.ReadAsync(Stop)).IsEmpty);
            return octets;
        }
    }

    private sealed class OneChunk(byte[] octets, long length) : BodyReader
    {
        private bool _isRead;

        public override long Length => length;

        public override ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default)
        {
            var chunk = _isRead ? default : octets.AsMemory();
            _isRead = true;
            return new ValueTask<ReadOnlyMemory<byte>>(chunk);
        }

        public override ValueTask DisposeAsync() => default;
    }
}
