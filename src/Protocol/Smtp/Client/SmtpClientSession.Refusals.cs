using System.Text;
using MtaCluster.Protocol.Delivery;

namespace MtaCluster.Protocol.Smtp.Client;

// What is decided before MAIL: this server cannot take the message, or not for all.
public sealed partial class SmtpClientSession
{
    /// <summary>Decides what needs no server: false when no recipient is left.</summary>
    private bool RefuseWhatCannotBeSent()
    {
        _useUtf8 = false;
        if (RefusalOfAll() is { } reply)
        {
            FillOutcomes(new RecipientOutcome(OutcomeKind.Bounced, FailureScope.Message, reply));
            return false;
        }

        _useUtf8 = _envelope.NeedsUtf8;
        for (var i = 0; i < _outcomes.Length; i++)
        {
            if (RefusalOf(_envelope.Recipients[i]) is { } refusal)
            {
                _outcomes[i] = new RecipientOutcome(OutcomeKind.Bounced, FailureScope.Recipient, refusal);
            }
        }

        return Array.IndexOf(_outcomes, null) >= 0;
    }

    private SmtpReply? RefusalOfAll()
    {
        if (!SmtpCommandWriter.IsSendable(_envelope.ReversePath))
        {
            return LocalReply.UnsendableSender;
        }

        if (Capabilities.SizeLimit > 0 && _envelope.Size > Capabilities.SizeLimit)
        {
            return LocalReply.TooLarge($"the message of {_envelope.Size} octets exceeds the {Capabilities.SizeLimit} that the server takes");
        }

        if (_envelope.NeedsUtf8 && !Capabilities.Has(SmtpExtensions.SmtpUtf8))
        {
            return LocalReply.Utf8MessageNotTaken;
        }

        return _envelope.Requests is null ? null : RefusalOfRequests(_envelope.Requests.Options);
    }

    // LMTP is the end of the way: REQUIRETLS is about relaying (RFC 8689 §4.2).
    private SmtpReply? RefusalOfRequests(MailOptions asked) => asked switch
    {
        { RequireTls: true } when !options.Lmtp && !_isPeerVerified => LocalReply.VerifiedTlsNeeded,
        { RequireTls: true } when !options.Lmtp && !Capabilities.Has(SmtpExtensions.RequireTls) => LocalReply.RequireTlsNotOffered,
        { Body: MailBodyType.BinaryMime } when !Capabilities.Has(SmtpExtensions.Chunking | SmtpExtensions.BinaryMime) => LocalReply.BinaryNotTaken,
        _ when _envelope.SecondsUntilGivenUp is { } left && (left <= 0 || left < Capabilities.ShortestDeliverBy)
            => LocalReply.DeliveryTimeExpired(left <= 0 ? "Delivery time expired" : "the server does not undertake to deliver in the time that is left"),
        _ => null,
    };

    private SmtpReply? RefusalOf(string recipient)
    {
        if (!SmtpCommandWriter.IsSendable(recipient))
        {
            return LocalReply.UnsendableRecipient;
        }

        if (Ascii.IsValid(recipient))
        {
            return null;
        }

        _useUtf8 |= Capabilities.Has(SmtpExtensions.SmtpUtf8);
        return _useUtf8 ? null : LocalReply.Utf8RecipientNotTaken;
    }
}
