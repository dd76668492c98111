using System.Globalization;
using MtaCluster.Node.Recipients;
using Xunit;

namespace MtaCluster.Node.Tests.Recipients;

public sealed class AddressTableSpecs(ITestOutputHelper output)
{
    [Fact]
    public void What_was_put_in_is_there_and_nothing_else()
    {
        var random = new Random(7);
        var expected = new Dictionary<string, string>(StringComparer.Ordinal);
        var builder = new AddressTable.Builder();
        for (var i = 0; i < 20_000; i++)
        {
            var key = random.Next(15_000).ToString(CultureInfo.InvariantCulture) + (i % 3 == 0 ? "@example.net" : "");
            var value = new string('ü', random.Next(0, 400));
            Assert.Equal(expected.TryAdd(key, value), builder.TryAdd(key, value));
        }

        var table = builder.Build();
        Assert.Equal(expected.Count, table.Count);
        Assert.All(expected, entry => Assert.Equal(entry.Value, table.Value(entry.Key)));
        Assert.All(Enumerable.Range(15_000, 1000), i => Assert.False(table.Contains(i.ToString(CultureInfo.InvariantCulture))));
        Assert.False(table.Contains(""));
        Assert.False(table.Contains(new string('a', 1000)));
    }

    [Fact]
    public void An_empty_table_has_nothing()
    {
        Assert.False(AddressTable.Empty.Contains("a"));
        Assert.Null(new AddressTable.Builder().Build().Value("a"));
    }

    [Fact]
    public void What_is_too_long_is_refused()
    {
        var builder = new AddressTable.Builder();
        Assert.Throws<InvalidDataException>(() => builder.TryAdd(new string('a', 256), ""));
        Assert.Throws<InvalidDataException>(() => builder.TryAdd("a", new string('a', 65_536)));
        Assert.True(builder.TryAdd(new string('a', 255), new string('b', 65_535)));
        Assert.Equal(65_535, builder.Build().Value(new string('a', 255))!.Length);
    }

    [Fact]
    public void A_million_mailboxes_take_less_than_40_octets_each()
    {
        const int Count = 1_000_000;
        using var files = new RecipientFiles();
        File.WriteAllLines(files["users"], Enumerable.Range(0, Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"user{i}@example.net")));
        var started = TimeProvider.System.GetTimestamp();
        var (table, errors) = AddressFileParser.ReadFile(files["users"], AddressFileKind.Users);
        output.WriteLine($"{Count} entries, {table!.Size} octets, {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:F0} ms");
        Assert.Empty(errors);
        Assert.Equal(Count, table.Count);
        Assert.True(table.Size < 40L * Count);
        Assert.True(table.Contains("user999999@example.net"));
        Assert.False(table.Contains("user1000000@example.net"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = table.Contains("user500000@example.net");
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
