using System.Security.Cryptography;
using System.Text;
using MtaCluster.Protocol.Sasl;
using Xunit;

namespace MtaCluster.Protocol.Tests.Sasl;

/// <summary>The client's side of SCRAM-SHA-256, written from RFC 5802 apart from the server's.</summary>
internal sealed class ScramClient(string name, string password, string nonce, string header = "n,,", byte[]? binding = null)
{
    private string _message = "";
    private byte[] _serverKey = [];

    public string First => $"{header}n={name},r={nonce}";

    public string Final(string serverFirst, int corrupt = -1)
    {
        var parts = serverFirst.Split(',').ToDictionary(part => part[0], part => part[2..]);
        Assert.StartsWith(nonce, parts['r'], StringComparison.Ordinal);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            password, Convert.FromBase64String(parts['s']), int.Parse(parts['i'], System.Globalization.CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        _serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        var withoutProof = $"c={Convert.ToBase64String([.. Encoding.UTF8.GetBytes(header), .. binding ?? []])},r={parts['r']}";
        _message = $"n={name},r={nonce},{serverFirst},{withoutProof}";
        var signature = HMACSHA256.HashData(SHA256.HashData(clientKey), Encoding.UTF8.GetBytes(_message));
        var proof = clientKey.Zip(signature, (key, other) => (byte)(key ^ other)).ToArray();
        if (corrupt >= 0)
        {
            proof[corrupt] ^= 1;
        }

        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    public void Verify(SaslStep step)
    {
        var success = Assert.IsType<SaslStep.Success>(step);
        Assert.Equal("v=" + Convert.ToBase64String(HMACSHA256.HashData(_serverKey, Encoding.UTF8.GetBytes(_message))), Steps.Text(success.Data));
    }
}

/// <summary>Shorthands for steps of exchanges.</summary>
internal static class Steps
{
    public static readonly ChannelBindings Bindings = new(new byte[] { 1, 2, 3 }, new byte[] { 4, 5, 6 });

    public static ISaslExchange Exchange(string mechanism, bool offersPlus = true)
        => SaslMechanisms.Create(mechanism, new SaslParameters("server-nonce", Bindings, offersPlus))!;

    public static SaslStep Start(this ISaslExchange exchange, string initial) => exchange.Start(Encoding.UTF8.GetBytes(initial), hasInitial: true);

    public static SaslStep StartWithout(this ISaslExchange exchange) => exchange.Start([], hasInitial: false);

    public static SaslStep Continue(this ISaslExchange exchange, string response) => exchange.Continue(Encoding.UTF8.GetBytes(response));

    public static string Text(ReadOnlyMemory<byte> octets) => Encoding.UTF8.GetString(octets.Span);

    public static string Challenge(SaslStep step) => Text(Assert.IsType<SaslStep.Challenge>(step).Data);

    public static SaslQuestion Question(SaslStep step) => Assert.IsType<SaslStep.Ask>(step).Question;

    public static SaslFault Fault(SaslStep step) => Assert.IsType<SaslStep.Failure>(step).Fault;
}
