using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace MtaCluster.Node.Auth;

/// <summary>
/// A password's hash by Argon2id (RFC 9106), in the form of the PHC string format: <c>$argon2id$v=19$m=19456,t=2,p=1$salt$hash</c>. docs/adr/0013 has the reasons.
/// </summary>
internal sealed class PasswordHash
{
    /// <summary>KiB of memory for a new hash.</summary>
    public const int Memory = 19_456;

    /// <summary>Passes over it.</summary>
    public const int Passes = 2;

    private const int SaltLength = 16;
    private const int HashLength = 32;
    private const string Prefix = "$argon2id$v=19$";

    // A file must not make a node compute for minutes, nor take all its memory.
    private const int MaximumMemory = 262_144;
    private const int MaximumPasses = 16;

    private readonly int _memory;
    private readonly int _passes;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private PasswordHash(int memory, int passes, byte[] salt, byte[] hash)
    {
        (_memory, _passes, _salt, _hash) = (memory, passes, salt, hash);
    }

    /// <summary>Hashes a password; takes tens of milliseconds of a processor.</summary>
    /// <param name="password">Prepared by SASLprep.</param>
    public static PasswordHash Create(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        return new PasswordHash(Memory, Passes, salt, Compute(password, Memory, Passes, salt, HashLength));
    }

    /// <summary>A hash that no password has, and that takes as long to be compared with as a new one.</summary>
    public static PasswordHash CreateUnmatched() => new(Memory, Passes, RandomNumberGenerator.GetBytes(SaltLength), RandomNumberGenerator.GetBytes(HashLength));

    /// <summary>Reads <see cref="ToString"/>; false for other algorithms, and for costs out of bounds.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PasswordHash? hash)
    {
        hash = null;
        var parts = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..].Split('$') : [];
        var costs = parts.Length == 3 ? parts[0].Split(',') : [];
        if (costs.Length != 3 || costs[2] != "p=1"
            || !TryCost(costs[0], "m=", 8, MaximumMemory, out var memory) || !TryCost(costs[1], "t=", 1, MaximumPasses, out var passes)
            || !TryDecode(parts[1], out var salt) || salt.Length != SaltLength
            || !TryDecode(parts[2], out var octets) || octets.Length is < 16 or > 64)
        {
            return false;
        }

        var read = new PasswordHash(memory, passes, salt, octets);
        hash = read.ToString() == text ? read : null;
        return hash is not null;
    }

    /// <summary>Whether it is this password's; takes tens of milliseconds of a processor, whatever the answer is.</summary>
    public bool Matches(string password) => CryptographicOperations.FixedTimeEquals(_hash, Compute(password, _memory, _passes, _salt, _hash.Length));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}m={_memory},t={_passes},p=1${Encode(_salt)}${Encode(_hash)}");

    private static byte[] Compute(string password, int memory, int passes, byte[] salt, int length)
    {
        var argon2 = new Argon2id(new Argon2Parameters { DegreeOfParallelism = 1, MemorySize = memory, NumberOfPasses = passes });
        return argon2.DeriveBytes(Encoding.UTF8.GetBytes(password), salt, length);
    }

    private static bool TryCost(string text, string name, int minimum, int maximum, out int value)
    {
        value = 0;
        return text.StartsWith(name, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= minimum && value <= maximum;
    }

    // Base64 without padding.
    private static string Encode(byte[] octets) => Convert.ToBase64String(octets).TrimEnd('=');

    private static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? octets)
    {
        octets = null;
        return Ascii.IsValid(text)
            && Protocol.Sasl.SaslBase64.TryDecode(Encoding.ASCII.GetBytes(text.PadRight((text.Length + 3) / 4 * 4, '=')), out octets);
    }
}
