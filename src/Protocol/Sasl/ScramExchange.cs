using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MtaCluster.Protocol.Sasl;

/// <summary>
/// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677). The password never crosses the wire, and the server proves that it knows the user's keys.
/// </summary>
/// <remarks>
/// <code>
/// Start ─► First ─(client-first)─► Keys ─(answer)─► Final ─(client-final)─► Done
/// </code>
/// A user that there is not takes the same steps with keys that nothing fits: only the proof can fail.
/// </remarks>
internal sealed class ScramExchange(bool isPlus, SaslParameters parameters) : ISaslExchange
{
    private const string WrongProof = "the proof is wrong";

    private ScramClientFirst? _first;
    private SaslAnswer.Keys? _keys;
    private string? _serverFirst;
    private byte[]? _binding;
    private bool _isDone;

    /// <inheritdoc/>
    public string Mechanism => isPlus ? SaslMechanisms.ScramSha256Plus : SaslMechanisms.ScramSha256;

    private string Nonce => _first!.Nonce + parameters.Nonce;

    /// <inheritdoc/>
    public SaslStep Start(ReadOnlySpan<byte> initialResponse, bool hasInitial)
        => hasInitial ? Continue(initialResponse) : new SaslStep.Challenge(ReadOnlyMemory<byte>.Empty);

    /// <inheritdoc/>
    public SaslStep Continue(ReadOnlySpan<byte> response) => (_isDone, _first, _keys) switch
    {
        (false, null, _) => TakeFirst(response),
        (false, _, not null) => TakeFinal(response),
        _ => SaslText.OutOfOrder(),
    };

    /// <inheritdoc/>
    public SaslStep Resume(SaslAnswer answer)
    {
        if (_first is null || _keys is not null || answer is not SaslAnswer.Keys keys)
        {
            return SaslText.FailureOf(answer);
        }

        _keys = keys;
        _serverFirst = string.Create(
            CultureInfo.InvariantCulture, $"r={Nonce},s={Convert.ToBase64String(keys.Scram.Salt.AsSpan())},i={keys.Scram.Iterations}");
        return SaslText.Challenge(_serverFirst);
    }

    private SaslStep TakeFirst(ReadOnlySpan<byte> response)
    {
        if (!ScramClientFirst.TryParse(response, out var first))
        {
            return SaslText.Malformed("not the first message of a SCRAM client");
        }

        if (Bind(first.Header) is { } failure)
        {
            return failure;
        }

        if (first.Header.AuthorizationIdentity is { } other && other != first.Name)
        {
            return new SaslStep.Failure(SaslFault.Rejected, $"{first.Name} wants to act for somebody else");
        }

        _first = first;
        return new SaslStep.Ask(new SaslQuestion.FindScramKeys(first.Name));
    }

    // RFC 5802 §6. A client that has channel binding and was told of a mechanism with it must use it: if it says that it was not told, somebody in
    // between took the offer away.
    private SaslStep.Failure? Bind(Gs2Header header)
    {
        if ((header.Flag == 'p') != isPlus)
        {
            return SaslText.Malformed($"{Mechanism} with the channel binding flag {header.Flag}");
        }

        if (header.Flag == 'y' && parameters.OffersChannelBinding)
        {
            return new SaslStep.Failure(SaslFault.Rejected, "the client did not see our offer of channel binding: somebody is in between");
        }

        ReadOnlyMemory<byte> binding = default;
        if (isPlus && !parameters.Bindings!.TryFind(header.Binding!, out binding))
        {
            return SaslText.Malformed($"this connection has no channel binding {header.Binding}");
        }

        _binding = [.. Encoding.UTF8.GetBytes(header.Text), .. binding.Span];
        return null;
    }

    private SaslStep TakeFinal(ReadOnlySpan<byte> response)
    {
        _isDone = true;
        if (!ScramClientFinal.TryParse(response, out var final))
        {
            return SaslText.Malformed("not the last message of a SCRAM client");
        }

        if (!CryptographicOperations.FixedTimeEquals(final.Binding, _binding))
        {
            return new SaslStep.Failure(SaslFault.Rejected, "the channel binding differs: somebody is in between");
        }

        if (final.Nonce != Nonce)
        {
            return new SaslStep.Failure(SaslFault.Rejected, "the nonce differs");
        }

        return Prove(final);
    }

    private SaslStep Prove(ScramClientFinal final)
    {
        var keys = _keys!.Scram;
        var message = Encoding.UTF8.GetBytes($"{_first!.Bare},{_serverFirst},{final.WithoutProof}");
        var signature = HMACSHA256.HashData(keys.StoredKey.AsSpan(), message);
        var clientKey = new byte[ScramKeys.KeyLength];
        for (var i = 0; i < clientKey.Length; i++)
        {
            clientKey[i] = (byte)(final.Proof[i] ^ signature[i]);
        }

        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), keys.StoredKey.AsSpan()))
        {
            return new SaslStep.Failure(SaslFault.Rejected, WrongProof);
        }

        var ours = Convert.ToBase64String(HMACSHA256.HashData(keys.ServerKey.AsSpan(), message));
        return new SaslStep.Success(_keys.Identity, Encoding.ASCII.GetBytes("v=" + ours));
    }
}
