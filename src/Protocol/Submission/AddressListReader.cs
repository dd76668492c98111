using System.Buffers;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Submission;

/// <summary>
/// Finds the addresses in the body of a From, Sender or Reply-To field (RFC 5322 §3.4, with groups, comments, folding and the obsolete forms of
/// §4.4), and where each stands, so that it alone can be replaced.
/// </summary>
internal ref struct AddressListReader(ReadOnlySpan<byte> body)
{
    // Longer than any mailbox: what does not fit is none.
    private const int MaximumAddress = 512;

    private static readonly SearchValues<byte> s_notInAtom = SearchValues.Create(
        [.. Enumerable.Range(0, 33).Select(i => (byte)i), 127, .. "()<>[]:;@\\,.\""u8]);

    private readonly ReadOnlySpan<byte> _body = body;
    private readonly byte[] _address = new byte[MaximumAddress];
    private int _position;
    private int _start = -1;
    private int _end;
    private int _length;
    private bool _isBad;
    private bool _wasWord;
    private bool _hasAt;
    private bool _inAngle;
    private bool _isDone;

    private enum Token
    {
        End,
        Word,
        Dot,
        At,
        Literal,
        Less,
        Greater,
        Comma,
        Colon,
        Semicolon,
        Other,
    }

    /// <summary>Something was met that is no address where one should be.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>
    /// The next address. <paramref name="where"/> is its place in the body, without angle brackets; <paramref name="mailbox"/> is null for one that is no mailbox.
    /// </summary>
    public bool TryNext(out Range where, out Mailbox? mailbox)
    {
        while (true)
        {
            var token = Read(out var start);
            switch (token)
            {
                case Token.Less when !_inAngle && !_isDone:
                    Forget();
                    _inAngle = true;
                    break;
                case Token.Greater when _inAngle:
                    _inAngle = false;
                    _isDone = true;
                    return Take(out where, out mailbox);
                case Token.At when _inAngle && _start < 0:
                    SkipRoute();
                    break;
                case Token.Word or Token.Dot or Token.At or Token.Literal when !_isDone:
                    Append(token, start);
                    break;
                case Token.Colon when !_inAngle && !_isDone && !_hasAt:
                    Forget();
                    break;
                case Token.Comma or Token.Semicolon or Token.End:
                    if (EndsAddress())
                    {
                        return Take(out where, out mailbox);
                    }

                    if (token == Token.End)
                    {
                        (where, mailbox) = (default, null);
                        return false;
                    }

                    break;
                default:
                    IsMalformed = true;
                    _isBad = true;
                    break;
            }
        }
    }

    /// <summary>At the end of an element of the list: whether it is one that was not taken at its angle bracket.</summary>
    private bool EndsAddress()
    {
        var isOpen = !_isDone && (_start >= 0 || _inAngle);
        _isBad |= _inAngle;
        _inAngle = _isDone = false;
        return isOpen;
    }

    private bool Take(out Range where, out Mailbox? mailbox)
    {
        mailbox = null;
        where = Math.Max(_start, 0)..Math.Max(_end, 0);
        if (_start < 0 || _isBad || !_hasAt || Mailbox.Parse(_address.AsSpan(0, _length), international: true, out mailbox) != AddressFault.None)
        {
            IsMalformed = true;
        }

        Forget();
        return true;
    }

    private void Forget()
    {
        _start = -1;
        _end = _length = 0;
        _isBad = _wasWord = _hasAt = false;
    }

    private void Append(Token token, int start)
    {
        var octets = _body[start.._position];
        _start = _start < 0 ? start : _start;
        _end = _position;
        _hasAt |= token == Token.At;

        // Two words without a dot between are a phrase, not an address.
        var isWord = token is Token.Word or Token.Literal;
        _isBad |= (isWord && _wasWord) || _length + octets.Length > MaximumAddress;
        _wasWord = isWord;
        if (!_isBad)
        {
            octets.CopyTo(_address.AsSpan(_length));
            _length += octets.Length;
        }
    }

    // "<@a,@b:user@example.net>": the route is obsolete, and no part of the address.
    private void SkipRoute()
    {
        Token token;
        do
        {
            token = Read(out _);
        }
        while (token is not (Token.Colon or Token.End or Token.Greater));
        _isBad = token != Token.Colon;
        IsMalformed |= _isBad;
        _inAngle = token != Token.Greater;
        _isDone = token == Token.Greater;
    }

    private Token Read(out int start)
    {
        SkipSpace();
        start = _position;
        if (_position == _body.Length)
        {
            return Token.End;
        }

        var first = _body[_position];
        switch (first)
        {
            case (byte)'"':
                return Delimited((byte)'"', Token.Word);
            case (byte)'[':
                return Delimited((byte)']', Token.Literal);
        }

        var length = _body[_position..].IndexOfAny(s_notInAtom);
        length = length < 0 ? _body.Length - _position : length;
        _position += Math.Max(1, length);
        return length > 0 ? Token.Word : first switch
        {
            (byte)'.' => Token.Dot,
            (byte)'@' => Token.At,
            (byte)'<' => Token.Less,
            (byte)'>' => Token.Greater,
            (byte)',' => Token.Comma,
            (byte)':' => Token.Colon,
            (byte)';' => Token.Semicolon,
            _ => Token.Other,
        };
    }

    private Token Delimited(byte close, Token token)
    {
        for (_position++; _position < _body.Length; _position++)
        {
            if (_body[_position] == close)
            {
                _position++;
                return token;
            }

            _position += _body[_position] == (byte)'\\' ? 1 : 0;
        }

        _position = _body.Length;
        return Token.Other;
    }

    /// <summary>Skips white space, folding and comments, which nest.</summary>
    private void SkipSpace()
    {
        var depth = 0;
        for (; _position < _body.Length; _position++)
        {
            var octet = _body[_position];
            if (depth > 0 && octet == (byte)'\\')
            {
                _position++;
            }
            else if (octet == (byte)'(')
            {
                depth++;
            }
            else if (depth > 0)
            {
                depth -= octet == (byte)')' ? 1 : 0;
            }
            else if (octet is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                return;
            }
        }

        _position = _body.Length;
        IsMalformed |= depth > 0;
    }
}
