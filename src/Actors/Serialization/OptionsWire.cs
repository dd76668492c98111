using System.Collections.Immutable;
using System.Runtime.Serialization;
using Google.Protobuf.Collections;
using MtaCluster.Actors.Serialization.Proto;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Actors.Serialization;

/// <summary>What senders ask for in MAIL and RCPT, to and from the wire. Nothing asked for is nothing written.</summary>
internal static class OptionsWire
{
    private const int AllNotifications = 15;

    /// <summary>Null where nothing was asked for.</summary>
    public static MailOptionsProto? ToProto(MailOptions options)
    {
        if (options == MailOptions.None)
        {
            return null;
        }

        var proto = new MailOptionsProto
        {
            Body = ToProto(options.Body),
            SmtpUtf8 = options.SmtpUtf8,
            RequireTls = options.RequireTls,
            Return = ToProto(options.Return),
            HoldUntil = options.HoldUntil?.ToUnixTimeMilliseconds() ?? 0,
            Priority = options.Priority,
        };
        if (options.EnvelopeId is { } id)
        {
            proto.EnvelopeId = id;
        }

        if (options.DeliverBy is { } by)
        {
            proto.DeliverBy = new DeliverByProto { At = by.At.ToUnixTimeMilliseconds(), Mode = by.Mode == DeliverByMode.Return ? 1 : 0, Trace = by.Trace };
        }

        return proto;
    }

    /// <summary>Reads what was asked for; of null it is nothing.</summary>
    /// <exception cref="SerializationException">It is of a later version.</exception>
    public static MailOptions FromProto(MailOptionsProto? proto) => proto is null ? MailOptions.None : new MailOptions
    {
        Body = BodyOf(proto.Body),
        SmtpUtf8 = proto.SmtpUtf8,
        RequireTls = proto.RequireTls,
        Return = ReturnOf(proto.Return),
        EnvelopeId = proto.HasEnvelopeId ? proto.EnvelopeId : null,
        DeliverBy = proto.DeliverBy is { } by ? new DeliverBy(WireValues.FromMilliseconds(by.At), ModeOf(by.Mode), by.Trace) : null,
        HoldUntil = proto.HoldUntil == 0 ? null : WireValues.FromMilliseconds(proto.HoldUntil),
        Priority = proto.Priority,
    };

    /// <summary>One recipient's.</summary>
    public static RecipientOptionsProto ToProto(RecipientOptions options)
    {
        var proto = new RecipientOptionsProto { Notify = (int)options.Notify };
        if (options.OriginalRecipient is { } original)
        {
            proto.OriginalRecipient = original;
        }

        return proto;
    }

    /// <summary>One recipient's.</summary>
    /// <exception cref="SerializationException">It is of a later version.</exception>
    public static RecipientOptions FromProto(RecipientOptionsProto proto)
    {
        if ((proto.Notify & ~AllNotifications) != 0)
        {
            throw new SerializationException($"notifications {proto.Notify} are unknown to this version");
        }

        return proto is { Notify: 0, HasOriginalRecipient: false }
            ? RecipientOptions.None
            : new RecipientOptions { Notify = (DsnNotify)proto.Notify, OriginalRecipient = proto.HasOriginalRecipient ? proto.OriginalRecipient : null };
    }

    /// <summary>Those of all recipients; empty for none.</summary>
    public static ImmutableArray<RecipientOptions> FromProto(RepeatedField<RecipientOptionsProto> protos)
        => protos.Count == 0 ? [] : [.. protos.Select(FromProto)];

    private static int ToProto(MailBodyType body) => body switch
    {
        MailBodyType.SevenBit => 0,
        MailBodyType.EightBitMime => 1,
        MailBodyType.BinaryMime => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(body), body, "has no wire form"),
    };

    private static MailBodyType BodyOf(int body) => body switch
    {
        0 => MailBodyType.SevenBit,
        1 => MailBodyType.EightBitMime,
        2 => MailBodyType.BinaryMime,
        _ => throw new SerializationException($"body type {body} is unknown to this version"),
    };

    private static int ToProto(DsnReturn ret) => ret switch
    {
        DsnReturn.Unspecified => 0,
        DsnReturn.Full => 1,
        DsnReturn.Headers => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(ret), ret, "has no wire form"),
    };

    private static DsnReturn ReturnOf(int ret) => ret switch
    {
        0 => DsnReturn.Unspecified,
        1 => DsnReturn.Full,
        2 => DsnReturn.Headers,
        _ => throw new SerializationException($"return {ret} is unknown to this version"),
    };

    private static DeliverByMode ModeOf(int mode) => mode switch
    {
        0 => DeliverByMode.Notify,
        1 => DeliverByMode.Return,
        _ => throw new SerializationException($"deliver-by mode {mode} is unknown to this version"),
    };
}
