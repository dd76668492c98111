using System.Text;

namespace MtaCluster.Interop.Tests.Smtp;

/// <summary>Content that SMTP carries and many programs damage. Every message is empty or ends with CRLF.</summary>
internal static class OddMessages
{
    private const string Header = "From: sender@example.com\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <odd@example.com>\r\n\r\n";
    private static readonly Func<Random, byte[]>[] s_kinds =
    [
        _ => [],
        _ => Ascii("\r\n"),
        _ => Ascii(Header),
        random => Ascii(Repeat(random.Next(1, 50), () => "\r\n")),
        random => Ascii(Repeat(random.Next(1, 50), () => new string('.', random.Next(1, 5)) + "\r\n")),
        random => Ascii(Header + Repeat(random.Next(1, 50), () => "." + Word(random) + "\r\n")),
        random => Ascii("\r\n" + Repeat(5, () => Word(random) + "\r\n")),
        random => Ascii(Repeat(5, () => "no header " + Word(random) + "\r\n")),
        random => Ascii("Subject: header only " + Word(random) + "\r\n"),
        random => EightBit(random, random.Next(1, 5000)),
        random => [.. Ascii(Header), .. EightBit(random, random.Next(1, 5000))],
        random => Ascii(Header + new string('x', random.Next(990, 1010)) + "\r\n"),
        random => Ascii(Header + new string('.', random.Next(2000, 30_000)) + "\r\n" + Word(random) + "\r\n"),
        random => Ascii("X-Long: " + new string('h', random.Next(1000, 20_000)) + "\r\n" + Header + "text\r\n"),
        random => Ascii(Repeat(random.Next(100, 900), () => $"X-Field: {Word(random)}\r\n\t{Word(random)}\r\n") + Header + "text\r\n"),
        random => Ascii(Repeat(10, () => $"Received: from {Word(random)} by other.example; Thu, 1 Jan 2026 00:00:00 +0000\r\n") + Header),
        random => Ascii(Header + Repeat(20, () => Word(random) + " \t \r\n")),
        random => [.. Ascii(Header), .. Enumerable.Range(1, 31).Where(octet => octet is not ('\r' or '\n')).Select(octet => (byte)octet), .. Ascii("\x7f\r\n")],
        random => NearABuffersEnd(random),
        random => Encoding.UTF8.GetBytes($"Subject: grüße 你好\r\nFrom: ü@example.com\r\n\r\n{Word(random)} 🙂\r\n"),
    ];

    /// <summary>So many messages; the same for the same seed.</summary>
    public static IEnumerable<byte[]> Generate(int seed, int count)
    {
        var random = new Random(seed);
        for (var number = 0; number < count; number++)
        {
            yield return s_kinds[number % s_kinds.Length](random);
        }
    }

    /// <summary>A message of so many octets, all kinds of octets in it but NUL, CR and LF.</summary>
    public static byte[] Large(int seed, int length)
    {
        var random = new Random(seed);
        var content = new byte[length];
        random.NextBytes(content);
        for (var index = 0; index < length; index++)
        {
            content[index] = content[index] is 0 or (byte)'\r' or (byte)'\n' ? (byte)'.' : content[index];
        }

        for (var end = 78; end < length; end += 79 + (end % 3))
        {
            (content[end - 1], content[end]) = ((byte)'\r', (byte)'\n');
        }

        Ascii(Header).CopyTo(content, 0);
        (content[length - 3], content[length - 2], content[length - 1]) = ((byte)'x', (byte)'\r', (byte)'\n');
        return Repaired(content);
    }

    /// <summary>CRLF and dots where a reader's buffer of a power of two is likely to end.</summary>
    private static byte[] NearABuffersEnd(Random random)
    {
        var boundary = 1 << random.Next(9, 17);
        var length = boundary + random.Next(-6, 7);
        return Ascii(Header + new string('a', Math.Max(1, (length - Header.Length) % 30_000)) + "\r\n..\r\n.\r\n"
            + Repeat(length / 100, () => new string('b', 97) + "\r\n.") + "\r\n");
    }

    private static byte[] EightBit(Random random, int length)
    {
        var content = new byte[length + 2];
        random.NextBytes(content);
        for (var index = 0; index < length; index++)
        {
            content[index] = content[index] is 0 or (byte)'\r' or (byte)'\n' ? (byte)0xff : content[index];
        }

        (content[length], content[length + 1]) = ((byte)'\r', (byte)'\n');
        return content;
    }

    /// <summary>No CR without its LF, where two patterns met.</summary>
    private static byte[] Repaired(byte[] content)
    {
        for (var index = 0; index < content.Length; index++)
        {
            var loneCr = content[index] == '\r' && (index + 1 == content.Length || content[index + 1] != '\n');
            var loneLf = content[index] == '\n' && (index == 0 || content[index - 1] != '\r');
            content[index] = loneCr || loneLf ? (byte)'y' : content[index];
        }

        return content;
    }

    private static string Word(Random random) => new((char)('a' + random.Next(26)), random.Next(1, 60));

    private static string Repeat(int count, Func<string> piece)
    {
        var text = new StringBuilder();
        for (var number = 0; number < count; number++)
        {
            text.Append(piece());
        }

        return text.ToString();
    }

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
