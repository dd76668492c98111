using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MtaCluster.Protocol.Sasl;

/// <summary>What the mechanisms have in common.</summary>
internal static class SaslText
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Octets of a challenge.</summary>
    public static SaslStep.Challenge Challenge(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>A failure of form.</summary>
    public static SaslStep.Failure Malformed(string reason) => new(SaslFault.Malformed, reason);

    /// <summary>A client that goes on after the end, or an answer that nobody asked for.</summary>
    public static SaslStep.Failure OutOfOrder() => Malformed("the exchange is not at this point");

    /// <summary>The failure that an answer other than the wanted one is.</summary>
    public static SaslStep.Failure FailureOf(SaslAnswer answer) => answer switch
    {
        SaslAnswer.Rejected rejected => new SaslStep.Failure(SaslFault.Rejected, rejected.Reason),
        SaslAnswer.Unavailable unavailable => new SaslStep.Failure(SaslFault.Unavailable, unavailable.Reason),
        _ => OutOfOrder(),
    };

    /// <summary>Reads UTF-8; false for anything that is not, and for what no response may be as long as.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (octets.Length > SaslMechanisms.MaximumResponse)
        {
            return false;
        }

        try
        {
            text = s_utf8.GetString(octets);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>Reads and prepares a name or a password that must not be empty.</summary>
    public static bool TryPrepare(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out string? prepared)
    {
        prepared = null;
        return TryDecode(octets, out var text) && SaslPrep.TryPrepare(text, out prepared) && prepared.Length > 0;
    }
}
