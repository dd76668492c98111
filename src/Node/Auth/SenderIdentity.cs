using System.Diagnostics.CodeAnalysis;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Submission;

namespace MtaCluster.Node.Auth;

/// <summary>Whom a user may send as: an address, all addresses of a domain (<c>@domain</c>), or anyone (<c>*</c>).</summary>
internal sealed record SenderIdentity
{
    /// <summary>What <see cref="TryParse"/> reads, in words.</summary>
    public const string Form = "an address, @domain or *";

    private const string Anyone = "*";
    private readonly string _text;

    private SenderIdentity(string text, AddressPattern pattern)
    {
        _text = text;
        Pattern = pattern;
    }

    /// <summary>The mailboxes that it stands for. Local parts compare without case: the domain is our user's own.</summary>
    public AddressPattern Pattern { get; }

    /// <summary>Reads one; false if it is none of the three. <c>*@domain</c> is none, though an address: whoever writes it means <c>@domain</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SenderIdentity? identity)
    {
        identity = null;
        if (text == Anyone)
        {
            identity = new SenderIdentity(text, AddressPattern.Any);
        }
        else if (text.StartsWith('@') && MailDomain.TryParse(text.AsSpan(1), out var domain))
        {
            identity = new SenderIdentity("@" + domain.Text, AddressPattern.In(domain));
        }
        else if (Mailbox.TryParse(text, out var mailbox) && mailbox.LocalPart != Anyone)
        {
            identity = new SenderIdentity(mailbox.ToString(), AddressPattern.Exactly(mailbox));
        }

        return identity is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => _text;
}
