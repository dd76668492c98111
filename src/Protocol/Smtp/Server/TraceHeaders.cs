using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>What the trace fields of a message say.</summary>
/// <param name="HelloName">What the client called itself, made harmless by <see cref="SmtpCommandParser"/>.</param>
/// <param name="Protocol">The WITH protocol type: see <see cref="TraceHeaders.ProtocolType"/>.</param>
/// <param name="Client">The address of the client.</param>
/// <param name="Hostname">This host.</param>
/// <param name="QueueId">The queue id of the message.</param>
/// <param name="Recipient">The only recipient in wire form; null if there are more, who are not to learn of one another (RFC 5321
/// §7.2).</param>
/// <param name="ReceivedAt">When the message was received.</param>
public readonly record struct TraceInfo(
    string HelloName, string Protocol, IPAddress Client, string Hostname, string QueueId, string? Recipient, DateTimeOffset ReceivedAt)
{
    /// <summary>The version and the cipher suite of TLS, for a comment (RFC 8314 §4.3); null without TLS.</summary>
    public string? Tls { get; init; }
}

/// <summary>
/// Writes the fields that are put before a message: Received (RFC 5321 §4.4), and for a submission the Message-ID and Date that
/// its author left out (RFC 6409 §8). Only printable ASCII and folding gets in, whatever the client called itself.
/// </summary>
public static class TraceHeaders
{
    /// <summary>The most octets that <see cref="Write"/> writes.</summary>
    public const int MaximumLength = 3072;

    /// <summary>Writes the fields into <paramref name="destination"/> and returns their length in octets.</summary>
    /// <param name="destination">At least <see cref="MaximumLength"/> octets.</param>
    /// <param name="info">What they say.</param>
    /// <param name="header">What the message has.</param>
    /// <param name="isSubmission">Whether missing fields are added.</param>
    public static int Write(Span<byte> destination, in TraceInfo info, HeaderScanner header, bool isSubmission)
    {
        ArgumentNullException.ThrowIfNull(header);
        var fields = new Fields(destination);
        fields.Put("Received: from "u8);
        fields.PutSafe(info.HelloName);
        fields.Put(info.Client.AddressFamily == AddressFamily.InterNetworkV6 ? " ([IPv6:"u8 : " (["u8);
        fields.PutSafe(AddressText(info.Client));
        fields.Put("])"u8);
        if (info.Tls is { } tls)
        {
            fields.Put("\r\n\t(using "u8);
            fields.PutSafe(tls);
            fields.Put(")"u8);
        }

        fields.Put("\r\n\tby "u8);
        fields.PutSafe(info.Hostname);
        fields.Put(" with "u8);
        fields.PutSafe(info.Protocol);
        fields.Put(" id "u8);
        fields.PutSafe(info.QueueId);
        if (info.Recipient is { } recipient)
        {
            fields.Put("\r\n\tfor <"u8);
            fields.PutAddress(recipient);
            fields.Put(">"u8);
        }

        fields.Put(";\r\n\t"u8);
        fields.PutDate(info.ReceivedAt);
        fields.Put("\r\n"u8);
        if (isSubmission && !header.HasMessageId)
        {
            fields.Put("Message-ID: <"u8);
            fields.PutSafe(info.QueueId);
            fields.Put("@"u8);
            fields.PutSafe(info.Hostname);
            fields.Put(">\r\n"u8);
        }

        if (isSubmission && !header.HasDate)
        {
            fields.Put("Date: "u8);
            fields.PutDate(info.ReceivedAt);
            fields.Put("\r\n"u8);
        }

        if (header.NeedsSeparator)
        {
            fields.Put("\r\n"u8);
        }

        return fields.Length;
    }

    /// <summary>
    /// What stands behind WITH: <c>SMTP</c>, <c>ESMTP</c> or <c>LMTP</c>, with <c>S</c> under TLS and <c>A</c> after AUTH (RFC 3848); the
    /// forms with <c>UTF8</c> for SMTPUTF8 (RFC 6531 §4.3).
    /// </summary>
    public static string ProtocolType(SmtpServerState state, bool lmtp)
    {
        ArgumentNullException.ThrowIfNull(state);
        var name = (state.MailParameters.SmtpUtf8, lmtp, state.Extended) switch
        {
            (true, true, _) => "UTF8LMTP",
            (true, false, _) => "UTF8SMTP",
            (false, true, _) => "LMTP",
            (false, false, true) => "ESMTP",
            _ => "SMTP",
        };
        return (state.Extended && state.Secure, state.Extended && state.User is not null) switch
        {
            (true, true) => name + "SA",
            (true, false) => name + "S",
            (false, true) => name + "A",
            _ => name,
        };
    }

    // The zone of a link-local address means nothing to anybody else.
    private static string AddressText(IPAddress address) =>
        address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 }
            ? new IPAddress(address.GetAddressBytes()).ToString()
            : address.ToString();

    private ref struct Fields(Span<byte> destination)
    {
        // No name or address that comes in is longer: RFC 5321 §4.5.3.1.
        private const int MaximumPart = 256;

        private readonly Span<byte> _destination = destination;

        internal int Length { get; private set; }

        internal void Put(scoped ReadOnlySpan<byte> text)
        {
            text.CopyTo(_destination[Length..]);
            Length += text.Length;
        }

        internal void PutSafe(scoped ReadOnlySpan<char> text)
        {
            foreach (var c in text[..Math.Min(text.Length, MaximumPart)])
            {
                _destination[Length++] = c is >= ' ' and <= '~' ? (byte)c : (byte)'?';
            }
        }

        // International if the message is (RFC 6531 §3.7.3), but never a control.
        internal void PutAddress(scoped ReadOnlySpan<char> address)
        {
            var end = Length + MaximumPart;
            foreach (var rune in address.EnumerateRunes())
            {
                if (Length + rune.Utf8SequenceLength > end)
                {
                    return;
                }

                Length += (Rune.IsControl(rune) ? new Rune('?') : rune).EncodeToUtf8(_destination[Length..]);
            }
        }

        // RFC 5322 §3.3: "Tue, 01 Jul 2025 12:34:56 +0000".
        internal void PutDate(DateTimeOffset time)
        {
            time.UtcDateTime.TryFormat(
                _destination[Length..], out var written, "ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);
            Length += written;
        }
    }
}
