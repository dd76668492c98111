using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using MtaCluster.Actors.Admin;
using MtaCluster.Pbm.Protocol;

namespace MtaCluster.Node.Admin.Queries;

/// <summary>A question about this node whose answer is written in JSON. A new one is added to <see cref="NodeQuestions"/>.</summary>
internal sealed class JsonQuery<TAnswer>(string name, Func<Task<TAnswer>> answer) : INodeQuery
{
    public string Name => name;

    public async Task<ImmutableArray<byte>> AnswerAsync(ImmutableArray<byte> arguments)
    {
        var found = await answer().ConfigureAwait(false);
        return ImmutableCollectionsMarshal.AsImmutableArray(JsonSerializer.SerializeToUtf8Bytes(found, AdminProtocol.Json));
    }
}

/// <summary>The questions that every node answers about itself. Names and the keys of answers are kept: nodes of other versions ask them.</summary>
internal static class NodeQuestions
{
    public const string Readiness = "readiness";
    public const string Regions = "regions";
    public const string Inbound = "inbound";
    public const string Egress = "egress";

    /// <summary>All of them.</summary>
    public static ImmutableArray<INodeQuery> All(AdminServices services) =>
    [
        new JsonQuery<ReadinessAnswer>(Readiness, () => Task.FromResult(new ReadinessAnswer(services.Readiness.Reasons))),
        new JsonQuery<RegionsAnswer>(Regions, () => RegionsAnswer.FindAsync(services.System)),
        new JsonQuery<InboundAnswer>(Inbound, () => Task.FromResult(InboundAnswer.Find(services.Inbound))),
        new JsonQuery<EgressAnswer>(Egress, () => EgressAnswer.FindAsync(services.Egress)),
    ];
}

/// <summary>Why a node is not ready; nothing when it is.</summary>
internal sealed record ReadinessAnswer(ImmutableArray<string> Reasons);
