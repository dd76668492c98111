using System.Collections.Immutable;
using Akka.Actor;
using MtaCluster.Actors.Admin;
using Xunit;

namespace MtaCluster.Actors.Tests.Admin;

public sealed class NodeQueriesSpecs() : ActorSpecs(serializesMessages: true)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(AdminActor.PartOctets)]
    [InlineData(AdminActor.PartOctets + 1)]
    [InlineData((5 * AdminActor.PartOctets) - 1)]
    public async Task An_answer_of_any_length_comes_back_whole(int length)
    {
        var octets = ImmutableArray.CreateRange(Enumerable.Range(0, length).Select(i => (byte)(i * 7)));
        NodeQueries.Start(Sys, [new Query("long", _ => Task.FromResult(octets))]);

        var answer = await AskAsync("long");

        Assert.True(octets.AsSpan().SequenceEqual(answer.AsSpan()));
    }

    [Fact]
    public async Task The_question_knows_what_it_was_given()
    {
        NodeQueries.Start(Sys, [new Query("echo", Task.FromResult)]);

        Assert.Equal("[1]"u8.ToArray(), await AskAsync("echo", "[1]"u8.ToArray()));
    }

    [Fact]
    public async Task A_question_that_the_node_does_not_know_is_refused()
    {
        NodeQueries.Start(Sys, []);

        var refusal = await Assert.ThrowsAsync<NodeQueryException>(() => AskAsync("news"));

        Assert.Contains("'news'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_question_throws_is_told_and_the_next_one_is_answered()
    {
        NodeQueries.Start(Sys,
        [
            new Query("bad", _ => throw new InvalidOperationException("at once")),
            new Query("worse", async _ =>
            {
                await Task.Yield();
                throw new InvalidOperationException("later");
            }),
            new Query("good", Task.FromResult),
        ]);

        Assert.Equal("at once", (await Assert.ThrowsAsync<NodeQueryException>(() => AskAsync("bad"))).Message);
        Assert.Equal("later", (await Assert.ThrowsAsync<NodeQueryException>(() => AskAsync("worse"))).Message);
        Assert.Empty(await AskAsync("good"));
    }

    [Fact]
    public Task A_node_that_does_not_answer_is_given_up()
        => Assert.ThrowsAsync<TimeoutException>(() => NodeQueries.AskAsync(Sys, Self, new NodeQuery("any", []), TimeSpan.FromMilliseconds(50)));

    [Fact]
    public async Task An_answer_with_a_part_missing_is_none()
    {
        Sys.ActorOf(ActorProps.Of(() => new Lossy()), "admin");

        await Assert.ThrowsAsync<NodeQueryException>(() => AskAsync("any"));
    }

    private Address Self => ((ExtendedActorSystem)Sys).Provider.DefaultAddress;

    private Task<ImmutableArray<byte>> AskAsync(string name, params byte[] arguments)
        => NodeQueries.AskAsync(Sys, Self, new NodeQuery(name, [.. arguments]), s_patience);

    private sealed class Query(string name, Func<ImmutableArray<byte>, Task<ImmutableArray<byte>>> answer) : INodeQuery
    {
        public string Name => name;

        public Task<ImmutableArray<byte>> AnswerAsync(ImmutableArray<byte> arguments) => answer(arguments);
    }

    private sealed class Lossy : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            Sender.Tell(new NodeAnswerPart(0, 3, [1]));
            Sender.Tell(new NodeAnswerPart(2, 3, [3]));
        }
    }
}
