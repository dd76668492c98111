namespace MtaCluster.Actors.Routing;

/// <summary>
/// A static route: mail for the domains of <paramref name="Domain"/> goes to <paramref name="NextHop"/>. The first rule that
/// matches decides.
/// </summary>
public sealed record RouteRule(DomainPattern Domain, NextHop NextHop);
