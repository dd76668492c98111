using MtaCluster.Actors.Storage;
using MtaCluster.Protocol.Delivery;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Client;

namespace MtaCluster.Actors.Delivery;

/// <content>Content that the peer does not take as it is goes in another encoding, or comes back (RFC 6152 §3, RFC 3030 §3).</content>
public sealed partial class OutboundSession
{
    private ValueTask DeliverInTheirFormAsync(OutboundMessage message, BodyReader body, CancellationToken ct)
        => ConversionFor(message) is { } constraint ? ConvertAndTransactAsync(message, body, constraint, ct) : TransactAsync(message, body, ct);

    private BodyConstraint? ConversionFor(OutboundMessage message)
    {
        var offered = _machine.Capabilities;
        var takesEightBit = offered.Has(SmtpExtensions.EightBitMime);
        return _machine.Stage != SmtpClientStage.Ready ? null
            : message.Requests is { Options.Body: MailBodyType.BinaryMime }
                ? offered.Has(SmtpExtensions.Chunking | SmtpExtensions.BinaryMime) ? null
                : takesEightBit ? BodyConstraint.EightBit : BodyConstraint.SevenBit
            : message.EightBit && !takesEightBit ? BodyConstraint.SevenBit : null;
    }

    private async ValueTask ConvertAndTransactAsync(OutboundMessage message, BodyReader body, BodyConstraint constraint, CancellationToken ct)
    {
        BodyReader? converted;
        try
        {
            converted = _options.Converter is { } converter ? await converter.ConvertAsync(body, constraint, ct) : null;
        }
        catch (IOException e)
        {
            _machine.Refuse(message.Recipients.Length, BodyFailure(e));
            return;
        }

        if (converted is null)
        {
            var isBinary = message.Requests is { Options.Body: MailBodyType.BinaryMime };
            var reply = isBinary ? LocalReply.BinaryNotTaken : LocalReply.EightBitNotTaken;
            _machine.Refuse(message.Recipients.Length, new RecipientOutcome(OutcomeKind.Bounced, FailureScope.Message, reply));
            return;
        }

        await using (converted)
        {
            await TransactAsync(AsConverted(message, converted.Length, constraint), converted, ct);
        }
    }

    private static OutboundMessage AsConverted(OutboundMessage message, long size, BodyConstraint constraint) => message with
    {
        Size = size,
        EightBit = constraint == BodyConstraint.EightBit,
        Requests = message.Requests is { } requests
            ? requests with { Options = requests.Options with { Body = MailBodyType.SevenBit } }
            : null,
    };

    private static RecipientOutcome BodyFailure(Exception e) => e is BodyUnavailableException
        ? new RecipientOutcome(OutcomeKind.Bounced, FailureScope.Message, LocalReply.BodyLost("the message body was lost or is damaged"))
        : new RecipientOutcome(OutcomeKind.Deferred, FailureScope.Message, LocalReply.BodyUnreadable("the message body cannot be read at present"));
}
