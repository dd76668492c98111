using System.Net;

namespace MtaCluster.Protocol.Smtp.Server;

/// <summary>What XCLIENT or XFORWARD say of a client (the XCLIENT_README and XFORWARD_README of Postfix). Null: nothing was said of it.</summary>
public sealed record ClientAttributes
{
    /// <summary>Nothing was said.</summary>
    public static ClientAttributes None { get; } = new();

    /// <summary>NAME: the client's host name; empty for one that is not known.</summary>
    public string? Name { get; init; }

    /// <summary>ADDR: the client's address; null as well for one that is not known.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>PORT.</summary>
    public int? Port { get; init; }

    /// <summary>HELO: what the client called itself.</summary>
    public string? Hello { get; init; }

    /// <summary>LOGIN: the name it authenticated as; empty for none.</summary>
    public string? Login { get; init; }

    /// <summary>PROTO: SMTP or ESMTP.</summary>
    public string? Protocol { get; init; }

    /// <summary>IDENT: the queue id at the peer.</summary>
    public string? Identity { get; init; }

    /// <summary>SOURCE: LOCAL or REMOTE.</summary>
    public string? Source { get; init; }

    /// <summary>With what a further command says: what it says of nothing stays as it is.</summary>
    public ClientAttributes And(ClientAttributes further)
    {
        ArgumentNullException.ThrowIfNull(further);
        return new ClientAttributes
        {
            Name = further.Name ?? Name,
            Address = further.Address ?? Address,
            Port = further.Port ?? Port,
            Hello = further.Hello ?? Hello,
            Login = further.Login ?? Login,
            Protocol = further.Protocol ?? Protocol,
            Identity = further.Identity ?? Identity,
            Source = further.Source ?? Source,
        };
    }
}
