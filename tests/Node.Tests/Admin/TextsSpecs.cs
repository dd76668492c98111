using System.Text;
using System.Text.Json;
using MtaCluster.Node.Admin;
using MtaCluster.Pbm.Protocol;
using Xunit;

namespace MtaCluster.Node.Tests.Admin;

public sealed class TextsSpecs
{
    [Theory]
    [InlineData("00:00:00", "0s")]
    [InlineData("-00:00:05", "0s")]
    [InlineData("00:00:59.9", "59s")]
    [InlineData("00:02:05", "2m5s")]
    [InlineData("01:00:05", "1h")]
    [InlineData("3.04:59:00", "3d4h")]
    public void A_duration_is_written_by_its_two_largest_units(string duration, string expected)
        => Assert.Equal(expected, Texts.Duration(TimeSpan.Parse(duration, null)));

    [Theory]
    [InlineData("90s", "00:01:30")]
    [InlineData("1d2h3m4s", "1.02:03:04")]
    [InlineData("0m", "00:00:00")]
    [InlineData("", null)]
    [InlineData("5", null)]
    [InlineData("m", null)]
    [InlineData("1m2h", null)]
    [InlineData("1h1h", null)]
    [InlineData("1h5", null)]
    [InlineData("99999999999d", null)]
    [InlineData("-1h", null)]
    public void A_duration_is_read_with_its_units_in_order(string text, string? expected)
        => Assert.Equal(expected is null ? null : TimeSpan.Parse(expected, null), (TimeSpan?)Texts.ParseDuration(text));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1023, "1023")]
    [InlineData(1434, "1.4K")]
    [InlineData(20 * 1024 * 1024, "20M")]
    [InlineData(long.MaxValue, "8388608T")]
    public void Octets_are_written_in_short(long octets, string expected) => Assert.Equal(expected, Texts.Octets(octets));

    [Theory]
    [InlineData("7", 7)]
    [InlineData("1-3, 5, 8-9", 9, 3, 1, 2, 5, 8)]
    public void Numbers_that_follow_each_other_are_drawn_together(string expected, params int[] numbers) => Assert.Equal(expected, Texts.Ranges(numbers));

    [Fact]
    public async Task A_table_has_columns_as_wide_as_what_is_in_them_and_its_rows_as_data()
    {
        var table = new Table<Row>().Column("NAME", row => row.Name).Number("N", row => row.Count).Column("NOTE", row => row.Note);

        var replies = await WriteAsync(replies => table.WriteAsync(replies, [new Row("a", 7, null), new Row("a longer name", 1234, "two\r\nlines")]));

        Assert.Equal(
            ["NAME              N  NOTE", "a                 7  -", "a longer name  1234  two lines"],
            replies.Select(reply => reply.Text));
        Assert.Null(replies[0].Data);
        Assert.Equal("""{"name":"a","count":7}""", replies[1].Data!.Value.GetRawText());
    }

    [Fact]
    public async Task A_table_without_rows_says_nothing()
        => Assert.Empty(await WriteAsync(replies => new Table<Row>().Column("NAME", row => row.Name).WriteAsync(replies, [])));

    [Fact]
    public async Task A_cell_that_is_too_long_is_cut()
    {
        var replies = await WriteAsync(replies => new Table<Row>().Column("NAME", row => row.Name).WriteAsync(replies, [new Row(new string('x', 500), 0, null)]));

        Assert.Equal(new string('x', 79) + "…", replies[1].Text);
    }

    [Fact]
    public async Task A_card_leaves_out_what_has_no_value()
    {
        var replies = await WriteAsync(replies => Card.WriteAsync(replies, new { id = 1 }, ("Id", "1"), ("Nothing", null), ("Sender", "<>")));

        Assert.Equal([null, "Id:      1", "Sender:  <>"], replies.Select(reply => reply.Text));
        Assert.Equal("""{"id":1}""", replies[0].Data!.Value.GetRawText());
    }

    private static async Task<Reply[]> WriteAsync(Func<ReplyWriter, Task> write)
    {
        using var stream = new MemoryStream();
        await write(new ReplyWriter(stream, TestContext.Current.CancellationToken));
        return
        [
            .. Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonSerializer.Deserialize<Reply>(line, AdminProtocol.Json)!),
        ];
    }

    private sealed record Row(string Name, int Count, string? Note);
}
