using MtaCluster.Actors.Storage;

namespace MtaCluster.Actors.Delivery;

/// <summary>What content a server takes.</summary>
public enum BodyConstraint
{
    /// <summary>Octets up to 127, in lines.</summary>
    SevenBit,

    /// <summary>Octets in lines (8BITMIME, RFC 6152).</summary>
    EightBit,
}

/// <summary>Changes the encoding of content that a server does not take as it is (RFC 6152 §3, RFC 3030 §3). What it says stays the same.</summary>
public interface IBodyConverter
{
    /// <summary>
    /// Reads <paramref name="body"/>, which is not disposed, and gives its content in a form that keeps to <paramref name="constraint"/>; null if
    /// there is none, or it would take too much memory to find.
    /// </summary>
    /// <exception cref="BodyUnavailableException">The body is damaged.</exception>
    /// <exception cref="IOException">The store failed.</exception>
    ValueTask<BodyReader?> ConvertAsync(BodyReader body, BodyConstraint constraint, CancellationToken cancellationToken);
}
