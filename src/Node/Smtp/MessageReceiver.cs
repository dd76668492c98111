using System.Buffers;
using System.Runtime.CompilerServices;
using MtaCluster.Actors;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp.Server;
using MtaCluster.Protocol.Submission;

namespace MtaCluster.Node.Smtp;

/// <summary>
/// Takes the content of one message as it comes and streams it into the store. A store that fails does not end the reading: the
/// client hears of it after its end of data, where it listens.
/// </summary>
internal sealed class MessageReceiver : IAsyncDisposable
{
    private readonly IMessageStore _store;
    private readonly SmtpServerPolicy _policy;
    private readonly DataReader? _data;
    private readonly ChunkReader? _chunks;
    private readonly SubmissionFilter? _filter;
    private readonly ArrayBufferWriter<byte>? _keptHeader;
    private IBodyWriter? _body;

    private MessageReceiver(
        IMessageStore store, QueueId id, SmtpServerPolicy policy, DataReader? data, ChunkReader? chunks, SubmissionFilter? filter, bool keepsHeader)
    {
        _filter = filter;
        _keptHeader = keepsHeader ? new ArrayBufferWriter<byte>() : null;
        Id = id;
        _store = store;
        _policy = policy;
        _data = data;
        _chunks = chunks;
    }

    /// <summary>The id that the message is to have.</summary>
    internal QueueId Id { get; }

    /// <summary>Whether the end of data has come.</summary>
    internal bool IsComplete => _data is { IsComplete: true };

    /// <summary>What the header section holds.</summary>
    internal HeaderScanner Header { get; } = new();

    /// <summary>The content so far in octets.</summary>
    internal long Length => _chunks?.Length ?? _data!.Length;

    /// <summary>Whether the content holds octets above 127.</summary>
    internal bool HasEightBit => _chunks?.HasEightBit ?? _data!.HasEightBit;

    /// <summary>The failure of the store, if it failed.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>The reply to a message that cannot be taken; null for one that can.</summary>
    internal WireReply? Refusal => (_chunks?.Fault ?? _data!.Fault) switch
    {
        DataFault.BareLineEnd => ServerReplies.BareLineEnd,
        DataFault.NulOctet => ServerReplies.NulOctet,
        DataFault.LineTooLong => ServerReplies.ContentLineTooLong,
        DataFault.TooBig => ServerReplies.MessageTooBig,
        _ when Header.ReceivedCount > _policy.MaximumHops => ServerReplies.MailLoop,
        _ when _filter is { Fault: not SubmissionFault.None and var fault } => new WireReply(SubmissionRules.Refusal(fault)),
        _ when Failure is not null => ServerReplies.StorageFailed,
        _ => null,
    };

    /// <summary>For a message that follows DATA.</summary>
    internal static MessageReceiver OfData(
        IMessageStore store, QueueId id, SmtpServerPolicy policy, SubmissionFilter? filter = null, bool keepsHeader = false) =>
        new(store, id, policy, new DataReader(policy.MaximumMessageSize, policy.MaximumLineLength), chunks: null, filter, keepsHeader);

    /// <summary>For a message that comes in chunks.</summary>
    internal static MessageReceiver OfChunks(
        IMessageStore store, QueueId id, SmtpServerPolicy policy, bool isBinary, SubmissionFilter? filter = null, bool keepsHeader = false) =>
        new(store, id, policy, data: null, new ChunkReader(policy.MaximumMessageSize, policy.MaximumLineLength, isBinary), filter, keepsHeader);

    /// <summary>The header section, as much as was looked at, without the empty line; and whether that is all of it.</summary>
    internal (ReadOnlyMemory<byte> Header, bool IsWhole) KeptHeader =>
        (_keptHeader!.WrittenMemory[..(int)Math.Min(_keptHeader.WrittenCount, Header.SectionLength)], Header.IsWhole);

    /// <summary>Takes octets of a chunk.</summary>
    internal void TakeChunk(ReadOnlySequence<byte> octets)
    {
        foreach (var segment in octets)
        {
            TakeContent(_chunks!.Read(segment.Span));
        }
    }

    /// <summary>The last chunk has come.</summary>
    internal void EndChunks()
    {
        _chunks!.Complete();
        TakeContent(_chunks.Ending);
        EndContent();
    }

    /// <summary>All the content has come.</summary>
    internal void EndContent()
    {
        if (_filter is not null)
        {
            Keep(_filter.Complete());
        }
    }

    /// <summary>Takes content up to the end of <paramref name="buffer"/> or the end of data, and returns how far it went.</summary>
    internal SequencePosition Take(ReadOnlySequence<byte> buffer)
    {
        long taken = 0;
        foreach (var segment in buffer)
        {
            var input = segment.Span;
            while (!input.IsEmpty && !_data!.IsComplete)
            {
                var content = _data.Read(input, out var consumed);
                input = input[consumed..];
                taken += consumed;
                TakeContent(content);
            }

            if (_data!.IsComplete)
            {
                break;
            }
        }

        return buffer.GetPosition(taken);
    }

    /// <summary>Lets the store move what has gathered.</summary>
    internal async ValueTask FlushAsync()
    {
        if (_body is null || Failure is not null)
        {
            return;
        }

        try
        {
            await _body.FlushAsync();
        }
        catch (Exception exception)
        {
            Failure = exception;
        }
    }

    /// <summary>Makes the message durable behind <paramref name="prefix"/>; null, and <see cref="Failure"/>, if the store failed.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<BodyRef?> CompleteAsync(ReadOnlyMemory<byte> prefix)
    {
        try
        {
            _body ??= _store.CreateBody(Id.Spool);
            return await _body.CompleteAsync(prefix);
        }
        catch (Exception exception)
        {
            Failure = exception;
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_body is { } body)
        {
            try
            {
                await body.DisposeAsync();
            }
            catch (Exception exception)
            {
                // What a failed store leaves behind is swept at the next start.
                Failure ??= exception;
            }
        }
    }

    private void TakeContent(ReadOnlySpan<byte> content) => Keep(_filter is null ? content : _filter.Feed(content));

    private void Keep(ReadOnlySpan<byte> content)
    {
        if (_keptHeader is not null && !Header.IsDone)
        {
            _keptHeader.Write(content[..Math.Min(content.Length, HeaderScanner.MaximumLength - Math.Min(HeaderScanner.MaximumLength, _keptHeader.WrittenCount))]);
        }

        Header.Feed(content);
        Write(content);
    }

    private void Write(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty || Failure is not null)
        {
            return;
        }

        try
        {
            _body ??= _store.CreateBody(Id.Spool);
            _body.Write(content);
        }
        catch (Exception exception)
        {
            Failure = exception;
        }
    }
}
