using MtaCluster.Node.Auth;
using Xunit;

namespace MtaCluster.Node.Tests.Auth;

public sealed class RecentEntriesSpecs
{
    [Fact]
    public void What_was_used_longest_ago_makes_room()
    {
        var entries = new RecentEntries<int, string>(2);
        entries.Set(1, "a");
        entries.Set(2, "b");
        Assert.True(entries.TryGet(1, out _));
        entries.Set(3, "c");
        Assert.Equal((2, true, false, true), (entries.Count, entries.TryGet(1, out _), entries.TryGet(2, out _), entries.TryGet(3, out _)));
        entries.Set(3, "d");
        entries.Remove(1);
        Assert.True(entries.TryGet(3, out var value));
        Assert.Equal((1, "d"), (entries.Count, value));
    }
}
