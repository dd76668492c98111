using MtaCluster.Actors.Routing;

namespace MtaCluster.Actors.Rates;

/// <summary>Whose rate of what.</summary>
/// <param name="Kind">Of what, such as <c>connections</c>.</param>
/// <param name="Subject">Whose: an address, a network, a user.</param>
public sealed record RateKey(string Kind, string Subject)
{
    /// <summary>New connections of a client.</summary>
    public static RateKey Connections(string client) => new("connections", client);

    /// <summary>Messages of a client.</summary>
    public static RateKey ClientMessages(string client) => new("messages", client);

    /// <summary>Messages of a user.</summary>
    public static RateKey UserMessages(string user) => new("user-messages", user);
}

/// <summary>A message for the book that a key is in, wherever it is kept.</summary>
public interface IRateCommand
{
    /// <summary>The key.</summary>
    RateKey Key { get; }
}

/// <summary>
/// From a node: so many takers wait. Answered with <see cref="AllowanceGranted"/>, which is for these takers and no others: what comes too late, or not at all, is
/// used up without use, so that the rate is never exceeded.
/// </summary>
/// <param name="Key">Whose rate of what.</param>
/// <param name="Number">The number of the question, by which the node knows its answer.</param>
/// <param name="Wanted">How many wait, at least one.</param>
/// <param name="Rate">The rate by the configuration of the node.</param>
public sealed record RequestAllowance(RateKey Key, long Number, int Wanted, Rate Rate) : IRateCommand;

/// <summary>To a node: so many of the takers may go on.</summary>
/// <param name="Number">Of the question.</param>
/// <param name="Granted">How many.</param>
/// <param name="RetryAfter">If not all: after how long there may be another. Until then it is of no use to ask.</param>
public sealed record AllowanceGranted(long Number, int Granted, TimeSpan RetryAfter);
