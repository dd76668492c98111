using System.Buffers;
using System.Globalization;
using System.Text;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>
/// A reply of this server together with its octets on the wire (RFC 5321 §4.2.1), which are made once. In a reply of several
/// lines each line has the enhanced status code (RFC 2034 §4). Text that is not printable ASCII goes out as <c>?</c>.
/// </summary>
public sealed class WireReply
{
    private readonly byte[] _octets;

    private WireReply(SmtpReply reply, byte[] octets)
    {
        Reply = reply;
        _octets = octets;
    }

    /// <summary>Encodes <paramref name="reply"/>.</summary>
    public WireReply(SmtpReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        Reply = reply;
        _octets = Encode(reply);
    }

    /// <summary>Stands for no reply: nothing is sent.</summary>
    internal static WireReply Nothing { get; } = new(new SmtpReply(200, null, string.Empty), []);

    /// <summary>The reply.</summary>
    public SmtpReply Reply { get; }

    /// <summary>The reply as it is sent, with its line ends.</summary>
    public ReadOnlySpan<byte> Octets => _octets;

    /// <inheritdoc/>
    public override string ToString() => Reply.ToString();

    private static byte[] Encode(SmtpReply reply)
    {
        var text = new StringBuilder();
        for (var i = 0; i < Math.Max(1, reply.Lines.Length); i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{reply.Code}{(i < reply.Lines.Length - 1 ? '-' : ' ')}");
            if (reply.Enhanced is { } enhanced)
            {
                text.Append(CultureInfo.InvariantCulture, $"{enhanced} ");
            }

            foreach (var c in reply.Lines.IsDefaultOrEmpty ? string.Empty : reply.Lines[i])
            {
                text.Append(c is >= ' ' and <= '~' ? c : '?');
            }

            text.Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
