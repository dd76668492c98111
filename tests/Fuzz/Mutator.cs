namespace MtaCluster.Fuzz;

/// <summary>Makes new inputs out of old ones. Deterministic for a seed.</summary>
public sealed class Mutator(int seed, IReadOnlyList<byte[]> corpus)
{
    private const int MaximumLength = 64 * 1024;
    private const int MostMutations = 8;

    private static readonly byte[][] s_tokens =
    [
        .. new[]
        {
            "\r\n", "\n", "\r", ".\r\n", "\r\n.\r\n", "\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", ".", "\0", " ", "\t", "<", ">", "\"", "\\", "@", "=", "+", ";", ",",
            "EHLO c\r\n", "HELO c\r\n", "LHLO c\r\n", "MAIL FROM:<>", "MAIL FROM:<u@x.org>\r\n", "RCPT TO:<v@y.org>\r\n", "DATA\r\n", "RSET\r\n", "QUIT\r\n",
            "BDAT 0 LAST\r\n", "BDAT 1\r\n", "BDAT 5 LAST\r\n", "BDAT 999999\r\n", "BDAT 99999999999999999999\r\n", "BDAT -1\r\n", "STARTTLS\r\n", "AUTH PLAIN =\r\n", "*\r\n",
            " SIZE=1", " SIZE=99999999999999999999", " BODY=BINARYMIME", " SMTPUTF8", " REQUIRETLS", " BY=1;R", " HOLDFOR=1", " NOTIFY=NEVER", " RET=FULL", " ENVID=+0A",
            "XCLIENT ADDR=1.2.3.4\r\n", "XFORWARD SOURCE=LOCAL\r\n", "ETRN x.org\r\n", "\u00fc", "\ud83d\ude00", "\u0085", "Received: x\r\n",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0xAF], [0x80],
        [.. Enumerable.Repeat((byte)'a', 5000)],
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        List<byte> input = [.. corpus[_random.Next(corpus.Count)]];
        for (var count = _random.Next(1, MostMutations + 1); count > 0; count--)
        {
            Mutate(input);
        }

        return [.. input.Take(MaximumLength)];
    }

    /// <summary>Where to cut an input of this length.</summary>
    public int[] Cuts(int length)
    {
        var cuts = new List<int>();
        var largest = _random.Next(4) switch { 0 => 1, 1 => 7, 2 => 100, _ => length + 1 };
        while (length > 0)
        {
            var piece = Math.Min(length, _random.Next(1, largest + 1));
            length -= piece;
            cuts.Add(piece);
        }

        return [.. cuts];
    }

    private void Mutate(List<byte> input)
    {
        var position = _random.Next(input.Count + 1);
        var length = Math.Min(input.Count - position, _random.Next(1, 40));
        switch (_random.Next(6))
        {
            case 0 when length > 0:
                input[position] = (byte)_random.Next(256);
                break;
            case 1 when length > 0:
                input.RemoveRange(position, length);
                break;
            case 2 when length > 0:
                input.InsertRange(_random.Next(input.Count + 1), input.GetRange(position, length));
                break;
            case 3:
                var other = corpus[_random.Next(corpus.Count)];
                input.InsertRange(position, other.AsSpan(_random.Next(other.Length + 1)).ToArray());
                break;
            default:
                input.InsertRange(position, s_tokens[_random.Next(s_tokens.Length)]);
                break;
        }
    }
}
