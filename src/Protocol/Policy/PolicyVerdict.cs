using System.Collections.Immutable;
using MtaCluster.Protocol.Smtp;

namespace MtaCluster.Protocol.Policy;

/// <summary>
/// What a policy wants: a closed sum.
/// </summary>
/// <remarks>
/// <code>
///            | connect, HELO                   | MAIL                 | RCPT                      | end of data
/// -----------+---------------------------------+----------------------+---------------------------+---------------------------
/// Accept     | the session goes on             | so does the          | the recipient is taken    | the message is taken
///            |                                 | transaction          |                           |
/// Reject     | the reply, in place of the      | the reply; no        | the reply; the others     | the reply; nothing is kept
/// Defer      | greeting or of ours to HELO     | transaction begins   | are not touched           |
/// Discard    | as at MAIL, for every           | 250 to everything,   | 250, and no recipient     | 250, and nothing is kept
///            | transaction of the session      | nothing is kept      |                           |
/// Quarantine | as at MAIL, for every           | the message is taken | as at MAIL                | the message is taken and
///            | transaction of the session      | and held             |                           | held (see Quarantine)
/// Redirect   | –                               | –                    | these recipients in place | these recipients in place
///            |                                 |                      | of the one                | of all
/// AddHeader  | to every message of the session | to the message       | to the message            | to the message
/// </code>
/// A reply 421 or 521 ends the session after it was sent.
/// </remarks>
public abstract record PolicyVerdict
{
    private PolicyVerdict(ImmutableArray<PolicyAddition> additions) => Additions = additions.IsDefault ? [] : additions;

    /// <summary>What is to be done beside accepting; in order. Empty for a verdict that takes nothing.</summary>
    public ImmutableArray<PolicyAddition> Additions { get; private init; }

    /// <summary>Nothing is wrong, and nothing is to be added. The one that costs nothing.</summary>
    public static PolicyVerdict Accepted { get; } = new Accept([]);

    /// <summary>This verdict with additions of others before its own.</summary>
    public PolicyVerdict After(ImmutableArray<PolicyAddition> earlier) =>
        this is Accept or Quarantine && !earlier.IsEmpty ? this with { Additions = earlier.AddRange(Additions) } : this;

    /// <summary>By value, with the additions in order.</summary>
    public virtual bool Equals(PolicyVerdict? other) =>
        other is not null && EqualityContract == other.EqualityContract && Additions.AsSpan().SequenceEqual(other.Additions.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(EqualityContract, Additions.Length);

    private static SmtpReply Checked(SmtpReply reply, bool isRight)
    {
        return isRight ? reply : throw new ArgumentException($"{reply.Code} is no reply code of such a verdict.", nameof(reply));
    }

    /// <summary>Go on.</summary>
    public sealed record Accept : PolicyVerdict
    {
        /// <summary>Go on, and add something.</summary>
        public Accept(ImmutableArray<PolicyAddition> additions)
            : base(additions)
        {
        }
    }

    /// <summary>Refuse for good.</summary>
    public sealed record Reject : PolicyVerdict
    {
        /// <summary>Refuse with a reply 5xx.</summary>
        /// <exception cref="ArgumentException">The reply is another.</exception>
        public Reject(SmtpReply reply)
            : base([])
        {
            ArgumentNullException.ThrowIfNull(reply);
            Reply = Checked(reply, reply.IsPermanent);
        }

        /// <summary>What the client is told.</summary>
        public SmtpReply Reply { get; }
    }

    /// <summary>Refuse for now.</summary>
    public sealed record Defer : PolicyVerdict
    {
        /// <summary>Refuse with a reply 4xx.</summary>
        /// <exception cref="ArgumentException">The reply is another.</exception>
        public Defer(SmtpReply reply)
            : base([])
        {
            ArgumentNullException.ThrowIfNull(reply);
            Reply = Checked(reply, reply.IsTransient);
        }

        /// <summary>What the client is told.</summary>
        public SmtpReply Reply { get; }
    }

    /// <summary>Say that all is well, and throw the mail away.</summary>
    public sealed record Discard : PolicyVerdict
    {
        private Discard()
            : base([])
        {
        }

        /// <summary>The only one.</summary>
        public static Discard Instance { get; } = new();
    }

    /// <summary>Take the mail and hold it until somebody has looked at it.</summary>
    public sealed record Quarantine : PolicyVerdict
    {
        /// <summary>Hold it for a reason, for logs and for who looks at it.</summary>
        public Quarantine(string reason, ImmutableArray<PolicyAddition> additions = default)
            : base(additions)
        {
            Reason = reason;
        }

        /// <summary>Why.</summary>
        public string Reason { get; }
    }
}

/// <summary>What an accepting policy adds.</summary>
public abstract record PolicyAddition
{
    private PolicyAddition()
    {
    }

    /// <summary>A header field is put before the message.</summary>
    public sealed record AddHeader(HeaderField Field) : PolicyAddition;

    /// <summary>
    /// Other recipients in place of the one that is asked about, or at the end of data in place of all. At least one; who drops
    /// all wants <see cref="PolicyVerdict.Discard"/>.
    /// </summary>
    public sealed record Redirect : PolicyAddition
    {
        /// <summary>Redirects to <paramref name="recipients"/>.</summary>
        /// <exception cref="ArgumentException">There is none.</exception>
        public Redirect(ImmutableArray<PolicyRecipient> recipients)
        {
            Recipients = recipients.IsDefaultOrEmpty
                ? throw new ArgumentException("A redirection needs a recipient.", nameof(recipients))
                : recipients;
        }

        /// <summary>The recipients.</summary>
        public ImmutableArray<PolicyRecipient> Recipients { get; }

        /// <summary>By value: equal recipients in the same order.</summary>
        public bool Equals(Redirect? other) => other is not null && Recipients.AsSpan().SequenceEqual(other.Recipients.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Recipients.Length, Recipients[0]);
    }
}
