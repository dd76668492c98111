using System.Buffers;
using System.Text;
using MtaCluster.Protocol.Address;

namespace MtaCluster.Protocol.Submission;

/// <summary>
/// Goes over the content of a submission as it comes by: holds the header section back until it is whole, puts the senders in it right, and lets everything
/// behind it through untouched. For one message.
/// </summary>
/// <remarks>
/// In From, Sender and Reply-To fields only the address itself is replaced: names, comments and folding stay as they are. A From field
/// is added where there is none (RFC 5322 §3.6.2), a Sender field by <see cref="FromRule.AddSender"/>. What is refused is decided by what the user wrote, before
/// it was rewritten. Date and Message-ID are for <see cref="Smtp.Server.TraceHeaders"/> to add.
/// </remarks>
public sealed class SubmissionFilter(SubmissionRules rules, Submitter submitter)
{
    private readonly ArrayBufferWriter<byte> _held = new(1024);
    private readonly ArrayBufferWriter<byte> _output = new(1024);
    private HeaderSectionReader _reader;
    private bool _isThrough;
    private bool _hasFrom;
    private bool _hasForeignFrom;
    private bool _hasForeignSender;

    /// <summary>Why the message cannot be taken. Final once the header section has come, or the content has ended.</summary>
    public SubmissionFault Fault { get; private set; }

    /// <summary>Takes the next piece of content and returns what is to be kept now. Good until the next call.</summary>
    public ReadOnlySpan<byte> Feed(ReadOnlySpan<byte> content)
    {
        if (_isThrough)
        {
            return content;
        }

        _held.Write(content);
        if (_reader.TryFindEnd(_held.WrittenSpan, out var length))
        {
            return Finish(length);
        }

        if (_held.WrittenCount <= rules.MaximumHeader)
        {
            return [];
        }

        Fault = SubmissionFault.HeaderTooLong;
        _isThrough = true;
        return _held.WrittenSpan;
    }

    /// <summary>The content has ended: what is still to be kept. Good until the filter is not used any more.</summary>
    public ReadOnlySpan<byte> Complete() => _isThrough ? [] : Finish(_reader.EndOf(_held.WrittenSpan));

    private ReadOnlySpan<byte> Finish(int headerLength)
    {
        _isThrough = true;
        var held = _held.WrittenSpan;
        var section = new ArrayBufferWriter<byte>(headerLength + 256);
        for (var rest = held[..headerLength]; !rest.IsEmpty;)
        {
            var field = HeaderSectionReader.NextField(rest);
            rest = rest[field.Length..];
            Field(field, section);
        }

        Conclude();
        AddFields(held, headerLength);
        if (DropsSender)
        {
            WriteWithoutSender(section.WrittenSpan);
        }
        else
        {
            _output.Write(section.WrittenSpan);
        }

        _output.Write(held[headerLength..]);
        return _output.WrittenSpan;
    }

    private bool NeedsSender => rules.From == FromRule.AddSender && _hasForeignFrom && !submitter.ReversePath.IsNull;

    private bool DropsSender => NeedsSender || (rules.From == FromRule.AddSender && _hasForeignSender);

    private void Conclude()
    {
        if (submitter.Identity is not null && rules.From == FromRule.Own && _hasForeignFrom)
        {
            Fault = SubmissionFault.ForeignFrom;
        }
    }

    private void Field(ReadOnlySpan<byte> field, ArrayBufferWriter<byte> section)
    {
        if (!HeaderSectionReader.TryName(field, out var range, out var body))
        {
            section.Write(field);
            return;
        }

        var name = field[range];
        var isFrom = Ascii.EqualsIgnoreCase(name, "From"u8);
        var isSender = Ascii.EqualsIgnoreCase(name, "Sender"u8);
        if (!isFrom && !isSender && (rules.Rewriter.IsEmpty || !Ascii.EqualsIgnoreCase(name, "Reply-To"u8)))
        {
            section.Write(field);
            return;
        }

        section.Write(field[..body]);
        var isForeign = Rewrite(field[body..], section);
        _hasFrom |= isFrom;
        _hasForeignFrom |= isFrom && isForeign;
        _hasForeignSender |= isSender && isForeign;
    }

    /// <summary>Copies the body of a field with its addresses rewritten. True if one of them, or none, is the user's.</summary>
    private bool Rewrite(ReadOnlySpan<byte> body, ArrayBufferWriter<byte> section)
    {
        var copied = 0;
        var count = 0;
        var isForeign = false;
        var addresses = new AddressListReader(body);
        while (addresses.TryNext(out var where, out var mailbox))
        {
            count++;
            isForeign |= mailbox is null || submitter.Identity?.Allows(mailbox) == false;
            if (mailbox is not null && rules.Rewriter.TryRewrite(mailbox, out var rewritten))
            {
                var (start, length) = where.GetOffsetAndLength(body.Length);
                section.Write(body[copied..start]);
                Write(section, rewritten);
                copied = start + length;
            }
        }

        section.Write(body[copied..]);
        return submitter.Identity is not null && (isForeign || count == 0 || addresses.IsMalformed);
    }

    private void AddFields(ReadOnlySpan<byte> held, int headerLength)
    {
        if (submitter.ReversePath.IsNull || (_hasFrom && !NeedsSender))
        {
            return;
        }

        _output.Write(_hasFrom ? "Sender: "u8 : "From: "u8);
        Write(_output, rules.Rewriter.Rewrite(submitter.ReversePath).Mailbox!);
        _output.Write("\r\n"u8);

        // Content that begins with no field and no empty line is all body.
        if (headerLength == 0 && !(held.Length > 0 && held[0] is (byte)'\r' or (byte)'\n'))
        {
            _output.Write("\r\n"u8);
        }
    }

    private void WriteWithoutSender(ReadOnlySpan<byte> section)
    {
        while (!section.IsEmpty)
        {
            var field = HeaderSectionReader.NextField(section);
            section = section[field.Length..];
            if (!HeaderSectionReader.TryName(field, out var name, out _) || !Ascii.EqualsIgnoreCase(field[name], "Sender"u8))
            {
                _output.Write(field);
            }
        }
    }

    private static void Write(ArrayBufferWriter<byte> output, Mailbox mailbox) => Encoding.UTF8.GetBytes(mailbox.ToString(), output);
}
