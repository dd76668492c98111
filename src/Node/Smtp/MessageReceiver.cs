using System.Buffers;
using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Smtp;

/// <summary>
/// Takes the content of one message as it comes and streams it into the store. A store that fails does not end the reading: the
/// client hears of it after its end of data, where it listens.
/// </summary>
internal sealed class MessageReceiver(IMessageStore store, SmtpServerPolicy policy) : IAsyncDisposable
{
    private readonly DataReader _data = new(policy.MaximumMessageSize, policy.MaximumLineLength);
    private IBodyWriter? _body;

    /// <summary>Whether the end of data has come.</summary>
    internal bool IsComplete => _data.IsComplete;

    /// <summary>What the header section holds.</summary>
    internal HeaderScanner Header { get; } = new();

    /// <summary>The content so far in octets.</summary>
    internal long Length => _data.Length;

    /// <summary>Whether the content holds octets above 127.</summary>
    internal bool HasEightBit => _data.HasEightBit;

    /// <summary>The failure of the store, if it failed.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>The reply to a message that cannot be taken; null for one that can.</summary>
    internal WireReply? Refusal => _data.Fault switch
    {
        DataFault.BareLineEnd => ServerReplies.BareLineEnd,
        DataFault.NulOctet => ServerReplies.NulOctet,
        DataFault.LineTooLong => ServerReplies.ContentLineTooLong,
        DataFault.TooBig => ServerReplies.MessageTooBig,
        _ when Header.ReceivedCount > policy.MaximumHops => ServerReplies.MailLoop,
        _ when Failure is not null => ServerReplies.StorageFailed,
        _ => null,
    };

    /// <summary>Takes content up to the end of <paramref name="buffer"/> or the end of data, and returns how far it went.</summary>
    internal SequencePosition Take(ReadOnlySequence<byte> buffer)
    {
        long taken = 0;
        foreach (var segment in buffer)
        {
            var input = segment.Span;
            while (!input.IsEmpty && !_data.IsComplete)
            {
                var content = _data.Read(input, out var consumed);
                input = input[consumed..];
                taken += consumed;
                Header.Feed(content);
                Write(content);
            }

            if (_data.IsComplete)
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
    internal async ValueTask<BodyRef?> CompleteAsync(ReadOnlyMemory<byte> prefix)
    {
        try
        {
            _body ??= store.CreateBody();
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

    private void Write(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty || Failure is not null)
        {
            return;
        }

        try
        {
            _body ??= store.CreateBody();
            _body.Write(content);
        }
        catch (Exception exception)
        {
            Failure = exception;
        }
    }
}
