using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MtaCluster.Protocol.Sasl;

/// <summary>
/// What a server keeps to check proofs of SCRAM-SHA-256 (RFC 5802 §3): it proves nothing to another server, but lets passwords be guessed at the cost of
/// so many rounds each.
/// </summary>
/// <param name="Salt">The salt, at least one octet.</param>
/// <param name="Iterations">Rounds of PBKDF2; 4,096 is the least that RFC 7677 §4 allows.</param>
/// <param name="StoredKey">H(ClientKey), 32 octets.</param>
/// <param name="ServerKey">32 octets.</param>
public sealed record ScramKeys(ImmutableArray<byte> Salt, int Iterations, ImmutableArray<byte> StoredKey, ImmutableArray<byte> ServerKey)
{
    /// <summary>Octets of StoredKey and ServerKey.</summary>
    public const int KeyLength = SHA256.HashSizeInBytes;

    /// <summary>Octets of a new salt.</summary>
    public const int SaltLength = 16;

    /// <summary>The least number of rounds (RFC 7677 §4).</summary>
    public const int MinimumIterations = 4096;

    /// <summary>Reads <see cref="ToString"/>; false for anything else, and for fewer rounds than are allowed.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ScramKeys? keys)
    {
        keys = null;
        var parts = text.Split('$', ':');
        if (parts.Length != 5 || parts[0] != SaslMechanisms.ScramSha256
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations < MinimumIterations
            || !TryDecode(parts[2], out var salt) || salt.Length == 0
            || !TryDecode(parts[3], out var stored) || stored.Length != KeyLength
            || !TryDecode(parts[4], out var server) || server.Length != KeyLength)
        {
            return false;
        }

        var read = new ScramKeys([.. salt], iterations, [.. stored], [.. server]);
        keys = read.ToString() == text ? read : null;
        return keys is not null;
    }

    /// <summary>Derives the keys of a password.</summary>
    /// <param name="password">Prepared by <see cref="SaslPrep"/>.</param>
    /// <param name="salt">A random salt.</param>
    /// <param name="iterations">Rounds: the client's time at each login, and the price of each guess.</param>
    public static ScramKeys Derive(string password, ReadOnlySpan<byte> salt, int iterations)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, KeyLength);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        return new ScramKeys([.. salt], iterations, [.. SHA256.HashData(clientKey)], [.. HMACSHA256.HashData(salted, "Server Key"u8)]);
    }

    /// <summary>
    /// Keys for a user that there is not: the same salt each time and on every server with that secret, as a user's would be, and keys that no proof fits.
    /// </summary>
    public static ScramKeys Invent(ReadOnlySpan<byte> secret, string name, int iterations) => new(
        [.. Derived(secret, "salt", name).AsSpan(0, SaltLength)],
        iterations,
        [.. Derived(secret, "stored", name)],
        [.. Derived(secret, "server", name)]);

    /// <summary>As RFC 5803 §2 and PostgreSQL write them: <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{SaslMechanisms.ScramSha256}${Iterations}:{Text(Salt)}${Text(StoredKey)}:{Text(ServerKey)}");

    private static string Text(ImmutableArray<byte> octets) => Convert.ToBase64String(octets.AsSpan());

    private static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? octets)
    {
        octets = null;
        return Ascii.IsValid(text) && SaslBase64.TryDecode(Encoding.ASCII.GetBytes(text), out octets);
    }

    private static byte[] Derived(ReadOnlySpan<byte> secret, string use, string name) => HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{use}\0{name}"));
}
