using Microsoft.IdentityModel.Tokens;

namespace MtaCluster.Node.Auth;

/// <summary>Reads a JSON Web Key Set (RFC 7517).</summary>
internal static class TokenKeys
{
    /// <summary>The public keys of a file. Keys that are no public ones are left out: with a shared secret, whoever checks a token could make one.</summary>
    /// <exception cref="InvalidDataException">There is none in it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SecurityKey[] Read(string path)
    {
        try
        {
            var keys = new JsonWebKeySet(File.ReadAllText(path)).GetSigningKeys().Where(key => key is AsymmetricSecurityKey or JsonWebKey { Kty: "RSA" or "EC" }).ToArray();
            return keys.Length > 0 ? keys : throw new InvalidDataException($"{path} has no public key to check signatures with");
        }
        catch (Exception failure) when (failure is ArgumentException or System.Text.Json.JsonException or UnauthorizedAccessException or FormatException)
        {
            throw new InvalidDataException($"{path} is no JSON Web Key Set: {failure.Message}", failure);
        }
    }
}
