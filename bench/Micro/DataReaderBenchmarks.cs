using System.Text;
using BenchmarkDotNet.Attributes;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Micro;

/// <summary>Reading a message of 10 KiB after DATA: finding its end, and taking the dot-stuffing out.</summary>
[MemoryDiagnoser]
public class DataReaderBenchmarks
{
    private const int Size = 10 * 1024;
    private byte[] _message = [];

    /// <summary>Octets in a line: 76 for MIME, 998 for the longest that RFC 5322 allows.</summary>
    [Params(76, 998)]
    public int LineLength { get; set; }

    /// <summary>How the input arrives: octets in a piece.</summary>
    [Params(1460, 64 * 1024)]
    public int Piece { get; set; }

    /// <summary>Makes the message.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var text = new StringBuilder();
        while (text.Length < Size)
        {
            text.Append('x', LineLength).Append("\r\n");
        }

        _message = Encoding.ASCII.GetBytes(text.Append(".\r\n").ToString());
    }

    /// <summary>Reads it to its end.</summary>
    [Benchmark]
    public long Read()
    {
        var reader = new DataReader(Size * 2, 1024 * 1024);
        var content = 0L;
        for (var at = 0; at < _message.Length; at += Piece)
        {
            ReadOnlySpan<byte> piece = _message.AsSpan(at, Math.Min(Piece, _message.Length - at));
            while (!piece.IsEmpty && !reader.IsComplete)
            {
                content += reader.Read(piece, out var consumed).Length;
                piece = piece[consumed..];
            }
        }

        return content;
    }
}
