namespace MtaCluster.Protocol.Proxy;

/// <summary>
/// Reads the header that a proxy puts before the client's first octet: the PROXY protocol of HAProxy, versions 1 and 2. Pure: it is given all that has
/// come so far, and what it says of a prefix it never takes back.
/// </summary>
public static class ProxyHeaderParser
{
    /// <summary>The longest header that is taken, in octets. Of version 2 that leaves more than 3,800 for what we pass over.</summary>
    public const int MaximumLength = 4096;

    /// <summary>Looks at the front of a connection.</summary>
    /// <param name="input">All that has come so far; <see cref="MaximumLength"/> octets of it are always enough.</param>
    /// <param name="header">The header, if it is complete.</param>
    /// <param name="length">Its length in octets: the client's own begin there.</param>
    public static ProxyHeaderStatus Parse(ReadOnlySpan<byte> input, out ProxyHeader? header, out int length)
    {
        header = null;
        length = 0;
        if (input.IsEmpty)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        return input[0] == ProxyHeaderV1.FirstOctet
            ? ProxyHeaderV1.Parse(input, out header, out length)
            : ProxyHeaderV2.Parse(input, out header, out length);
    }
}
