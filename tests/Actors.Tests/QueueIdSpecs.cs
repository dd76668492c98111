using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace MtaCluster.Actors.Tests;

public sealed class QueueIdSpecs
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    [Fact]
    public void The_text_form_reads_back()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<ulong>(), ArbMap.Default.ArbFor<ulong>(), (time, sequence) =>
        {
            var id = new QueueId(time & ((1UL << 60) - 1), sequence & ((1UL << 40) - 1));
            return id.ToString().Length == 20 && QueueId.TryParse(id.ToString(), out var read) && read == id
                && QueueId.TryParse(id.ToString().ToLowerInvariant(), out var lower) && lower == id;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Ids_and_their_text_sort_by_time()
    {
        var earlier = QueueId.Create(s_now, QueueId.MaximumSpools - 1);
        var later = QueueId.Create(s_now.AddMilliseconds(1), 0);

        Assert.True(earlier < later && later > earlier && earlier <= later && later >= earlier);
        Assert.True(string.CompareOrdinal(earlier.ToString(), later.ToString()) < 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(4095)]
    public void An_id_tells_its_spool_and_its_time(int spool)
    {
        var id = QueueId.Create(s_now, spool);

        Assert.Equal(spool, id.Spool);
        Assert.Equal(s_now, id.CreatedAt);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4096)]
    public void A_spool_that_an_id_cannot_name_is_refused(int spool)
        => Assert.Throws<ArgumentOutOfRangeException>(() => QueueId.Create(s_now, spool));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0000000000000000000")]
    [InlineData("000000000000000000000")]
    [InlineData("0000000000000000000U")]
    [InlineData("0000000000000000000I")]
    [InlineData("000000000000000000 0")]
    [InlineData("0000000000000000000é")]
    public void Other_text_is_no_id(string? text) => Assert.False(QueueId.TryParse(text, out _));

    [Fact]
    public void Ids_made_at_once_by_many_threads_differ()
    {
        var made = new QueueId[8][];

        Parallel.For(0, made.Length, i => made[i] = [.. Enumerable.Range(0, 1_000).Select(_ => QueueId.Create(s_now, 3))]);

        Assert.Equal(8_000, made.SelectMany(ids => ids).Distinct().Count());
    }
}
