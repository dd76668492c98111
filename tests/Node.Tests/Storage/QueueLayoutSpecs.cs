using MtaCluster.Node.Storage;
using Xunit;

namespace MtaCluster.Node.Tests.Storage;

public sealed class QueueLayoutSpecs
{
    [Fact]
    public void A_new_queue_takes_any_number_of_spools_and_keeps_it()
    {
        using var directory = new TemporaryDirectory();
        Assert.Null(QueueLayout.Check(directory.Path, 64));
        Assert.Null(QueueLayout.Check(directory.Path, 64));
    }

    [Fact]
    public void A_queue_made_with_another_number_is_refused_with_its_key()
    {
        using var directory = new TemporaryDirectory();
        QueueLayout.Check(directory.Path, 64);
        var error = QueueLayout.Check(directory.Path, 32);
        Assert.StartsWith("Mta:Cluster:Spools: ", error, StringComparison.Ordinal);
        Assert.Contains("64", error, StringComparison.Ordinal);
        Assert.Null(QueueLayout.Check(directory.Path, 64));
    }

    [Fact]
    public void A_note_that_a_power_cut_left_empty_is_written_again()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "spools"), string.Empty);
        Assert.Null(QueueLayout.Check(directory.Path, 8));
        Assert.NotNull(QueueLayout.Check(directory.Path, 9));
    }

    [Fact]
    public void A_data_directory_that_cannot_be_is_refused_with_its_key()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["file"], "in the way");
        Assert.StartsWith("Mta:DataDirectory: ", QueueLayout.Check(Path.Combine(directory["file"], "data"), 64), StringComparison.Ordinal);
    }
}
