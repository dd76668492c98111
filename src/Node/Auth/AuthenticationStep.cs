using MtaCluster.Protocol.Smtp.Server;

namespace MtaCluster.Node.Auth;

/// <summary>What an AUTH exchange wants of the session next.</summary>
internal abstract record AuthenticationStep
{
    private AuthenticationStep()
    {
    }

    /// <summary>Say 334 with this in base64, and step on with what the client says.</summary>
    public sealed record Challenge(ReadOnlyMemory<byte> Data) : AuthenticationStep;

    /// <summary>Say 235: the session is this user's.</summary>
    public sealed record Succeeded(AuthenticatedUser User) : AuthenticationStep;

    /// <summary>Wait so long, then give the reply of the fault.</summary>
    public sealed record Failed(AuthenticationFault Fault, TimeSpan Delay) : AuthenticationStep;
}

/// <summary>Why nobody is logged in.</summary>
internal enum AuthenticationFault
{
    /// <summary>The credentials are not good, or not well said.</summary>
    BadCredentials,

    /// <summary>It cannot be told now.</summary>
    Unavailable,

    /// <summary>The mechanism is not offered.</summary>
    UnknownMechanism,

    /// <summary>Not without TLS.</summary>
    TlsNeeded,

    /// <summary>Too many failures: the session is to end.</summary>
    TooManyFailures,
}

/// <summary>What clients are told, and no more (RFC 4954 §4, §6).</summary>
internal static class AuthenticationReplies
{
    /// <summary>After a failure.</summary>
    public static WireReply Of(AuthenticationFault fault) => fault switch
    {
        AuthenticationFault.BadCredentials => ServerReplies.BadCredentials,
        AuthenticationFault.Unavailable => ServerReplies.AuthUnavailable,
        AuthenticationFault.UnknownMechanism => ServerReplies.UnknownMechanism,
        AuthenticationFault.TlsNeeded => ServerReplies.AuthNeedsTls,
        AuthenticationFault.TooManyFailures => ServerReplies.TooManyErrors,
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "no such fault"),
    };
}
