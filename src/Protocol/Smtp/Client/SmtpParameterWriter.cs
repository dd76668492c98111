using System.Buffers;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>What a sender asked for as parameters of MAIL and RCPT, as far as the server offers the extension.</summary>
internal static class SmtpParameterWriter
{
    private static readonly (DsnNotify Flag, byte[] Name)[] s_notifications =
        [(DsnNotify.Never, [.. "NEVER"u8]), (DsnNotify.Success, [.. "SUCCESS"u8]), (DsnNotify.Failure, [.. "FAILURE"u8]), (DsnNotify.Delay, [.. "DELAY"u8])];

    /// <summary>RET and ENVID (RFC 3461 §4.3, §4.4), REQUIRETLS (RFC 8689 §2), BY (RFC 2852 §4), MT-PRIORITY (RFC 6710 §4).</summary>
    public static void Mail(IBufferWriter<byte> output, SmtpRequests requests, in SmtpCapabilities capabilities)
    {
        var options = requests.Options;
        if (capabilities.Has(SmtpExtensions.Dsn))
        {
            if (options.Return != DsnReturn.Unspecified)
            {
                output.Write(options.Return == DsnReturn.Full ? " RET=FULL"u8 : " RET=HDRS"u8);
            }

            if (options.EnvelopeId is { } id)
            {
                output.Write(" ENVID="u8);
                SmtpCommandWriter.Text(output, XText.Encode(Encoding.UTF8.GetBytes(id)));
            }
        }

        if (options.RequireTls && capabilities.Has(SmtpExtensions.RequireTls))
        {
            output.Write(" REQUIRETLS"u8);
        }

        if (options.DeliverBy is { } by && capabilities.Has(SmtpExtensions.DeliverBy))
        {
            output.Write(" BY="u8);
            SmtpCommandWriter.Number(output, requests.DeliverBySeconds);
            output.Write(by.Mode == DeliverByMode.Return ? ";R"u8 : ";N"u8);
            output.Write(by.Trace ? "T"u8 : ""u8);
        }

        if (options.Priority != 0 && capabilities.Has(SmtpExtensions.Priority))
        {
            output.Write(" MT-PRIORITY="u8);
            SmtpCommandWriter.Number(output, options.Priority);
        }
    }

    /// <summary>NOTIFY and ORCPT (RFC 3461 §4.1, §4.2). Without SMTPUTF8, ORCPT is written in ASCII (RFC 6533 §3).</summary>
    public static void Recipient(IBufferWriter<byte> output, RecipientOptions options, bool useUtf8)
    {
        var separator = " NOTIFY="u8;
        foreach (var (flag, name) in s_notifications)
        {
            if (options.Notify.HasFlag(flag))
            {
                output.Write(separator);
                output.Write(name);
                separator = ","u8;
            }
        }

        if (options.OriginalRecipient is { } original && SmtpCommandWriter.IsSendable(original) && !original.Contains(' ', StringComparison.Ordinal))
        {
            output.Write(" ORCPT="u8);
            SmtpCommandWriter.Text(output, useUtf8 || Ascii.IsValid(original) ? original : InAscii(original));
        }
    }

    private static string InAscii(string original)
    {
        var semicolon = original.IndexOf(';', StringComparison.Ordinal) + 1;
        return original[..semicolon] + Utf8Address.Encode(Utf8Address.Decode(original[semicolon..]));
    }
}
