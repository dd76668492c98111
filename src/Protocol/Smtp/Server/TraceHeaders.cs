using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>What the trace fields of a message say.</summary>
/// <param name="HelloName">What the client called itself, made harmless by <see cref="SmtpCommandParser"/>.</param>
/// <param name="Extended">EHLO or HELO: ESMTP or SMTP.</param>
/// <param name="Client">The address of the client.</param>
/// <param name="Hostname">This host.</param>
/// <param name="QueueId">The queue id of the message.</param>
/// <param name="Recipient">The only recipient in wire form; null if there are more, who are not to learn of one another (RFC 5321
/// §7.2).</param>
/// <param name="ReceivedAt">When the message was received.</param>
public readonly record struct TraceInfo(
    string HelloName, bool Extended, IPAddress Client, string Hostname, string QueueId, string? Recipient, DateTimeOffset ReceivedAt);

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
        fields.Put("])\r\n\tby "u8);
        fields.PutSafe(info.Hostname);
        fields.Put(info.Extended ? " with ESMTP id "u8 : " with SMTP id "u8);
        fields.PutSafe(info.QueueId);
        if (info.Recipient is { } recipient)
        {
            fields.Put("\r\n\tfor <"u8);
            fields.PutSafe(recipient);
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

        // RFC 5322 §3.3: "Tue, 01 Jul 2025 12:34:56 +0000".
        internal void PutDate(DateTimeOffset time)
        {
            time.UtcDateTime.TryFormat(
                _destination[Length..], out var written, "ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);
            Length += written;
        }
    }
}
