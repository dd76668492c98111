using System.Buffers;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>Why a message that was read to its end is refused.</summary>
public enum DataFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>A CR or an LF stood by itself (RFC 5321 §2.3.8).</summary>
    BareLineEnd,

    /// <summary>A NUL octet.</summary>
    NulOctet,

    /// <summary>A line over the limit.</summary>
    LineTooLong,

    /// <summary>More octets than the size limit.</summary>
    TooBig,
}

/// <summary>
/// Reads the octets after DATA, in pieces cut anywhere, up to the end of data, and takes the dot-stuffing out (RFC 5321 §4.1.1.4,
/// §4.5.2).
/// </summary>
/// <remarks>
/// The rule, which keeps messages from being smuggled: only CR LF "." CR LF ends the data (or "." CR LF at its very start), and
/// only CR LF ends a line. A message that holds a lone CR, a lone LF or a NUL is <b>refused, never repaired</b>: the reader goes on
/// to the true end of data, gives no more content out, and says in <see cref="Fault"/> why. So is one with a line or a size over
/// its limit. The first fault counts.
/// </remarks>
public sealed class DataReader
{
    private static readonly SearchValues<byte> s_stops = SearchValues.Create("\r\n\0"u8);

    private readonly int _maximumLineLength;
    private readonly long _maximumSize;
    private State _state = State.LineStart;
    private long _lineLength;

    /// <summary>A reader for one message.</summary>
    /// <param name="maximumSize">The most octets of content.</param>
    /// <param name="maximumLineLength">The most octets of a line, without its CR LF.</param>
    public DataReader(long maximumSize, int maximumLineLength)
    {
        _maximumSize = maximumSize;
        _maximumLineLength = maximumLineLength;
    }

    private enum State
    {
        /// <summary>At the first octet of a line.</summary>
        LineStart,

        /// <summary>Within a line.</summary>
        InLine,

        /// <summary>Within a line, after a CR that ended a piece of input.</summary>
        Cr,

        /// <summary>After a dot at the start of a line.</summary>
        Dot,

        /// <summary>After a dot and a CR at the start of a line.</summary>
        DotCr,

        /// <summary>After the end of data.</summary>
        End,
    }

    /// <summary>Whether the end of data has been read. Then no more input is consumed.</summary>
    public bool IsComplete => _state == State.End;

    /// <summary>The first thing found wrong. Final once <see cref="IsComplete"/>.</summary>
    public DataFault Fault { get; private set; }

    /// <summary>
    /// Octets of content so far, without stuffed dots and the end of data. After a fault it goes on, for the logs, and may miss a lone
    /// CR.
    /// </summary>
    public long Length { get; private set; }

    /// <summary>Whether the content given out holds an octet above 127.</summary>
    public bool HasEightBit { get; private set; }

    /// <summary>
    /// Takes some octets from the front of <paramref name="input"/>, at least one unless it is empty or the end has been read, and
    /// gives out the content in them: a part of <paramref name="input"/>, or a CR LF of which the CR came before. Call it until all
    /// the input is consumed or <see cref="IsComplete"/>.
    /// </summary>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> input, out int consumed)
    {
        consumed = 0;
        if (input.IsEmpty || _state == State.End)
        {
            return [];
        }

        switch (_state)
        {
            case State.Cr:
                return AfterCr(input, out consumed);
            case State.Dot when input[0] == (byte)'\r':
                _state = State.DotCr;
                consumed = 1;
                return [];
            case State.DotCr when input[0] == (byte)'\n':
                _state = State.End;
                consumed = 1;
                return [];
            case State.DotCr:
                Fail(DataFault.BareLineEnd, Length + 1);
                _state = State.InLine;
                break;
            case State.Dot:
                // A stuffed dot: it is dropped, and the octet after it is in the line whatever it is.
                _state = State.InLine;
                break;
            default:
                break;
        }

        return Emit(Scan(input, out consumed));
    }

    private ReadOnlySpan<byte> AfterCr(ReadOnlySpan<byte> input, out int consumed)
    {
        if (input[0] != (byte)'\n')
        {
            Fail(DataFault.BareLineEnd, Length + 1);
            _state = State.InLine;
            return Emit(Scan(input, out consumed));
        }

        consumed = 1;
        EndLine();
        return Emit("\r\n"u8);
    }

    /// <summary>Goes over lines until the input ends, or a dot at the start of a line, or a CR at the end of the input.</summary>
    private ReadOnlySpan<byte> Scan(ReadOnlySpan<byte> input, out int consumed)
    {
        var position = 0;
        while (position < input.Length)
        {
            if (_state == State.LineStart && input[position] == (byte)'.')
            {
                _state = State.Dot;
                consumed = position + 1;
                return input[..position];
            }

            _state = State.InLine;
            var length = input[position..].IndexOfAny(s_stops);
            length = length < 0 ? input.Length - position : length;
            position += length;
            AddToLine(length, Length + position);
            if (position == input.Length)
            {
                break;
            }

            if (input[position] != (byte)'\r')
            {
                position++;
                Fail(input[position - 1] == 0 ? DataFault.NulOctet : DataFault.BareLineEnd, Length + position);
            }
            else if (position + 1 == input.Length)
            {
                _state = State.Cr;
                consumed = input.Length;
                return input[..position];
            }
            else if (input[position + 1] == (byte)'\n')
            {
                EndLine();
                position += 2;
            }
            else
            {
                position++;
                Fail(DataFault.BareLineEnd, Length + position);
            }
        }

        consumed = input.Length;
        return input;
    }

    private void AddToLine(int octets, long contentLength)
    {
        _lineLength += octets;
        if (_lineLength > _maximumLineLength)
        {
            Fail(DataFault.LineTooLong, contentLength - (_lineLength - _maximumLineLength) + 1);
        }
    }

    private void EndLine()
    {
        _lineLength = 0;
        _state = State.LineStart;
    }

    private ReadOnlySpan<byte> Emit(ReadOnlySpan<byte> content)
    {
        Length += content.Length;
        if (Length > _maximumSize)
        {
            Fail(DataFault.TooBig, Length);
        }

        if (Fault != DataFault.None)
        {
            return [];
        }

        HasEightBit = HasEightBit || !Ascii.IsValid(content);
        return content;
    }

    /// <summary>
    /// Notes what is wrong with the octet of the content that has this number, unless the limit was passed before it: how the input was
    /// cut must not tell.
    /// </summary>
    private void Fail(DataFault fault, long octet)
    {
        if (Fault == DataFault.None)
        {
            Fault = octet > _maximumSize ? DataFault.TooBig : fault;
        }
    }
}
