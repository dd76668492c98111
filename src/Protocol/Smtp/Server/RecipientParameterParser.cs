using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>Reads the parameters of RCPT: NOTIFY and ORCPT (RFC 3461 §4.1, §4.2; RFC 6533 §3).</summary>
internal static class RecipientParameterParser
{
    // RFC 3461 §4.2: 500 characters with everything.
    private const int MaximumOriginalRecipient = 500;

    private static readonly SearchValues<byte> s_addressType =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"u8);

    internal static bool TryParse(
        ReadOnlySpan<byte> text, [NotNullWhen(true)] out RecipientOptions? options, [NotNullWhen(false)] out WireReply? error)
    {
        options = null;
        var notify = DsnNotify.Unspecified;
        string? original = null;
        var rest = new SmtpParameters(text);
        while (rest.MoveNext())
        {
            error = rest.Is("NOTIFY"u8) ? notify == DsnNotify.Unspecified && TryNotify(rest.Value, out notify) ? null : ServerReplies.BadParameterValue
                : rest.Is("ORCPT"u8) ? original is null && TryOriginalRecipient(rest.Value, out original) ? null : ServerReplies.BadParameterValue
                : ServerReplies.UnknownParameter;
            if (error is not null)
            {
                return false;
            }
        }

        error = rest.Error;
        if (error is not null)
        {
            return false;
        }

        options = notify == DsnNotify.Unspecified && original is null
            ? RecipientOptions.None
            : new RecipientOptions { Notify = notify, OriginalRecipient = original };
        return true;
    }

    // notify-esmtp-value = "NEVER" / 1#notify-list-element
    private static bool TryNotify(ReadOnlySpan<byte> value, out DsnNotify notify)
    {
        notify = DsnNotify.Unspecified;
        if (Ascii.EqualsIgnoreCase(value, "NEVER"u8))
        {
            notify = DsnNotify.Never;
            return true;
        }

        foreach (var range in value.Split((byte)','))
        {
            var element = value[range];
            var one = Ascii.EqualsIgnoreCase(element, "SUCCESS"u8) ? DsnNotify.Success
                : Ascii.EqualsIgnoreCase(element, "FAILURE"u8) ? DsnNotify.Failure
                : Ascii.EqualsIgnoreCase(element, "DELAY"u8) ? DsnNotify.Delay
                : DsnNotify.Unspecified;
            if (one == DsnNotify.Unspecified)
            {
                return false;
            }

            notify |= one;
        }

        return notify != DsnNotify.Unspecified;
    }

    // original-recipient-address = addr-type ";" xtext; for addr-type utf-8, UTF-8 or the forms of RFC 6533 §3.
    private static bool TryOriginalRecipient(ReadOnlySpan<byte> value, out string? original)
    {
        original = null;
        var semicolon = value.IndexOf((byte)';');
        if (value.Length > MaximumOriginalRecipient || semicolon < 1 || value[..semicolon].ContainsAnyExcept(s_addressType))
        {
            return false;
        }

        var address = value[(semicolon + 1)..];
        var international = Ascii.EqualsIgnoreCase(value[..semicolon], "utf-8"u8);
        if (address.IsEmpty || (!international && !IsSafe(address)) || (international && address.ContainsAnyInRange((byte)0, (byte)31)))
        {
            return false;
        }

        original = Encoding.UTF8.GetString(value);
        return true;
    }

    // What it decodes to goes into reports: no controls.
    private static bool IsSafe(ReadOnlySpan<byte> address) =>
        XText.TryDecode(address, out var octets) && !octets.AsSpan().ContainsAnyInRange((byte)0, (byte)31) && !octets.AsSpan().Contains((byte)127);
}
