using System.Buffers;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>
/// Checks the octets of BDAT chunks (RFC 3030), in pieces cut anywhere. Nothing in them ends the message and nothing is stuffed; but unless
/// the message is BINARYMIME the rule of <see cref="DataReader"/> holds here as well, for the next hop may take it by DATA: a lone
/// CR, a lone LF or a NUL is refused, never repaired.
/// </summary>
/// <param name="maximumSize">The most octets of content.</param>
/// <param name="maximumLineLength">The most octets of a line, without its CR LF.</param>
/// <param name="isBinary">BODY=BINARYMIME: any octets.</param>
public sealed class ChunkReader(long maximumSize, int maximumLineLength, bool isBinary)
{
    private static readonly SearchValues<byte> s_stops = SearchValues.Create("\r\n\0"u8);

    private bool _afterCr;
    private long _lineLength;

    /// <summary>The first thing found wrong.</summary>
    public DataFault Fault { get; private set; }

    /// <summary>Octets of content so far.</summary>
    public long Length { get; private set; }

    /// <summary>Whether the content holds an octet above 127.</summary>
    public bool HasEightBit { get; private set; }

    /// <summary>
    /// What is to be put behind the last octet of the message: the end of its last line, if that has none. BINARYMIME knows no lines.
    /// </summary>
    public ReadOnlySpan<byte> Ending => isBinary || _lineLength == 0 ? [] : "\r\n"u8;

    /// <summary>Takes the next piece and gives it out again: or nothing, after a fault.</summary>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> input)
    {
        // What lies past the limit is not looked at: how the input was cut must not tell.
        if (Fault == DataFault.None && !isBinary)
        {
            CheckLines(input[..(int)Math.Clamp(maximumSize - Length, 0, input.Length)]);
        }

        Length += input.Length;
        if (Length > maximumSize)
        {
            Fail(DataFault.TooBig);
        }

        HasEightBit = HasEightBit || !Ascii.IsValid(input);
        return Fault == DataFault.None ? input : [];
    }

    /// <summary>The message has ended: a CR that waits for its LF waits in vain.</summary>
    public void Complete()
    {
        if (_afterCr)
        {
            Fail(DataFault.BareLineEnd);
        }
    }

    private void CheckLines(ReadOnlySpan<byte> input)
    {
        while (!input.IsEmpty && Fault == DataFault.None)
        {
            if (_afterCr)
            {
                EndLine(input[0]);
                input = input[1..];
                continue;
            }

            var stop = input.IndexOfAny(s_stops);
            var length = stop < 0 ? input.Length : stop;
            _lineLength += length;
            if (_lineLength > maximumLineLength)
            {
                Fail(DataFault.LineTooLong);
            }

            if (stop < 0)
            {
                return;
            }

            _afterCr = input[stop] == (byte)'\r';
            if (!_afterCr)
            {
                Fail(input[stop] == 0 ? DataFault.NulOctet : DataFault.BareLineEnd);
            }

            input = input[(stop + 1)..];
        }
    }

    private void EndLine(byte octet)
    {
        _afterCr = false;
        _lineLength = 0;
        if (octet != (byte)'\n')
        {
            Fail(DataFault.BareLineEnd);
        }
    }

    private void Fail(DataFault fault) => Fault = Fault == DataFault.None ? fault : Fault;
}
