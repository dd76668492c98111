using System.Collections.Immutable;
using MtaCluster.Actors.Delivery;
using MtaCluster.Protocol.Smtp.Client;
using Xunit;

namespace MtaCluster.Actors.Tests.Delivery;

public sealed class RecipientBatchesSpecs
{
    private static readonly ImmutableArray<string> s_recipients = ["a@x", "b@y", "c@X", "d@z", "e@x"];

    [Theory]
    [InlineData(0, 0, 0, 0, "01234")]
    [InlineData(0, 2, 0, 0, "01 23 4")]
    [InlineData(2, 2, 0, 0, "01 23")]
    [InlineData(2, 2, 0, 1, "01")]
    [InlineData(0, 0, 1, 0, "024")]
    [InlineData(0, 2, 1, 0, "02 4")]
    [InlineData(0, 0, 2, 0, "0124")]
    [InlineData(0, 9, 9, 7, "01234")]
    public void Recipients_are_split_by_what_the_server_takes(int transactions, int most, int domains, int before, string expected)
    {
        var batches = new RecipientBatches(new SmtpLimits(transactions, most, domains));

        Assert.Equal(expected, string.Join(' ', batches.Split(s_recipients, before).Select(batch => string.Concat(batch))));
        Assert.Equal(expected == "01234", batches.IsOne(s_recipients));
    }

    [Fact]
    public void Other_domains_than_those_of_the_session_need_another_one()
    {
        var batches = new RecipientBatches(new SmtpLimits(0, 0, 1));
        Assert.True(batches.HasRoomFor(["a@x", "b@y"]));

        batches.Used(["a@x"]);

        Assert.True(batches.HasRoomFor(["c@X"]));
        Assert.False(batches.HasRoomFor(["b@y"]));
        Assert.False(batches.HasRoomFor(["a@x", "b@y"]));
    }

    [Fact]
    public void Without_limits_there_is_always_room()
    {
        var batches = new RecipientBatches(default);
        batches.Used(["a@x"]);

        Assert.True(batches.HasRoomFor(["b@y"]));
        Assert.True(batches.IsOne(s_recipients));
    }
}
