using System.Collections.Immutable;

namespace MtaCluster.Protocol.Smtp.Client;

/// <summary>What a client transaction is to carry.</summary>
/// <param name="ReversePath">The mailbox in wire form without angle brackets, or empty for the null reverse-path.</param>
/// <param name="Recipients">The mailboxes in wire form without angle brackets.</param>
/// <param name="Size">Octets of content, before dot-stuffing (RFC 1870 §3).</param>
/// <param name="EightBit">The content holds octets above 127.</param>
public readonly record struct SmtpEnvelope(string ReversePath, ImmutableArray<string> Recipients, long Size, bool EightBit);

/// <summary>How a client session presents itself.</summary>
/// <param name="Hostname">The name given in EHLO.</param>
/// <param name="Lmtp">Speak LMTP (RFC 2033): LHLO, and one reply per recipient after the final dot.</param>
/// <param name="StartTls">Use STARTTLS when it is offered; carry on in clear text when it is refused.</param>
public sealed record SmtpClientOptions(string Hostname, bool Lmtp, bool StartTls);
