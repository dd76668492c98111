namespace MtaCluster.Protocol.Policy;

/// <summary>When in a session a policy is asked.</summary>
public enum PolicyStage
{
    /// <summary>Before the greeting.</summary>
    Connect,

    /// <summary>At EHLO, HELO or LHLO.</summary>
    Hello,

    /// <summary>At MAIL.</summary>
    Mail,

    /// <summary>At RCPT.</summary>
    Recipient,

    /// <summary>At the end of data, before the message is accepted.</summary>
    Message,
}
