using MtaCluster.Actors.Storage;
using MtaCluster.Node.Storage;
using MtaCluster.Testing.Storage;
using Xunit;

namespace MtaCluster.Node.Tests.Storage;

/// <summary>Crashes and damage: what is on disk is cut, bent and copied, and the store opened on it.</summary>
public sealed class EmbeddedMessageStoreDamageSpecs : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static EmbeddedMessageStore Open(string path) =>
        EmbeddedMessageStore.Open(new EmbeddedMessageStoreOptions(path) { CacheBytes = 0 });

    private static string OnlyFile(string path) => Assert.Single(Directory.GetFiles(path, "*1"));

    private static async Task<BodyRef[]> WriteThreeAsync(string path)
    {
        using var store = Open(path);
        var bodies = new List<BodyRef>();
        for (var i = 0; i < 3; i++)
        {
            bodies.Add(await store.WriteAsync(Bodies.Octets(30 + i, i), "prefix"u8.ToArray(), Cancelled));
        }

        return [.. bodies];
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from, "*1"))
        {
            try
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
            catch (FileNotFoundException)
            {
                // It has become empty meanwhile, and is gone.
            }
        }
    }

    private static byte[] Expected(int i) => [.. "prefix"u8, .. Bodies.Octets(30 + i, i)];

    [Fact]
    public async Task A_tail_torn_at_any_octet_costs_the_last_body_alone()
    {
        var original = _directory["original"];
        var bodies = await WriteThreeAsync(original);
        var file = OnlyFile(original);
        var octets = await File.ReadAllBytesAsync(file, Cancelled);
        var whole = (int)(bodies[2].Position + RecordHeader.Size + bodies[2].Length);
        for (var length = (int)bodies[2].Position; length <= whole; length++)
        {
            var copy = _directory[$"cut-{length}"];
            Directory.CreateDirectory(copy);
            await File.WriteAllBytesAsync(Path.Combine(copy, Path.GetFileName(file)), octets[..length], Cancelled);
            using var store = Open(copy);
            Array.ForEach(bodies, store.Retain);
            Assert.Equal(Expected(0), await store.ReadAsync(bodies[0], Cancelled));
            Assert.Equal(Expected(1), await store.ReadAsync(bodies[1], Cancelled));
            if (length < whole)
            {
                await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(bodies[2], Cancelled));
            }
            else
            {
                Assert.Equal(Expected(2), await store.ReadAsync(bodies[2], Cancelled));
            }

            var next = await store.WriteAsync(Bodies.Octets(10, 9), default, Cancelled);
            Assert.NotEqual(bodies[0].Container, next.Container);
            Assert.Equal(0, store.SweepOrphans());
        }
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_in_a_body_makes_it_unavailable_and_leaves_its_neighbours()
    {
        var original = _directory["original"];
        var bodies = await WriteThreeAsync(original);
        var file = OnlyFile(original);
        var octets = await File.ReadAllBytesAsync(file, Cancelled);
        for (var at = (int)bodies[1].Position; at < bodies[1].Position + RecordHeader.Size + bodies[1].Length; at++)
        {
            var copy = _directory[$"flip-{at}"];
            Directory.CreateDirectory(copy);
            octets[at] ^= (byte)(1 << (at % 8));
            await File.WriteAllBytesAsync(Path.Combine(copy, Path.GetFileName(file)), octets, Cancelled);
            octets[at] ^= (byte)(1 << (at % 8));
            using var store = Open(copy);
            Array.ForEach(bodies, store.Retain);
            Assert.Equal(Expected(0), await store.ReadAsync(bodies[0], Cancelled));
            await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(bodies[1], Cancelled));
            Assert.Equal(Expected(2), await store.ReadAsync(bodies[2], Cancelled));
        }
    }

    [Fact]
    public async Task The_last_chunk_of_a_damaged_big_body_is_never_given_out()
    {
        var path = _directory["bodies"];
        BodyRef body;
        using (var store = Open(path))
        {
            body = await store.WriteAsync(Bodies.Octets(1_000_000, 1), "p"u8.ToArray(), Cancelled);
        }

        var octets = await File.ReadAllBytesAsync(OnlyFile(path), Cancelled);
        octets[5000] ^= 1;
        await File.WriteAllBytesAsync(OnlyFile(path), octets, Cancelled);
        using var reopened = Open(path);
        await using var reader = await reopened.OpenAsync(body, Cancelled);
        long given = 0;
        await Assert.ThrowsAsync<BodyUnavailableException>(async () =>
        {
            while (true)
            {
                given += (await reader.ReadAsync(Cancelled)).Length;
            }
        });
        Assert.InRange(given, 1, body.Length - 1);
    }

    [Fact]
    public async Task A_file_deleted_behind_the_stores_back_makes_its_bodies_unavailable()
    {
        var path = _directory["bodies"];
        var bodies = await WriteThreeAsync(path);
        using var store = Open(path);
        Array.ForEach(bodies, store.Retain);
        File.Delete(OnlyFile(path));
        await Assert.ThrowsAsync<BodyUnavailableException>(() => store.ReadAsync(bodies[0], Cancelled));
    }

    [Fact]
    public async Task What_a_crash_left_without_one_whole_body_is_deleted_and_the_files_of_others_are_not()
    {
        var path = Directory.CreateDirectory(_directory["bodies"]).FullName;
        await File.WriteAllBytesAsync(Path.Combine(path, "0000000000000001-00000000000000aa.pack1"), new byte[100_000], Cancelled);
        await File.WriteAllBytesAsync(Path.Combine(path, "0000000000000002-00000000000000aa.body1"), new byte[100_000], Cancelled);
        await File.WriteAllBytesAsync(Path.Combine(path, "0000000000000003-00000000000000aa.pack1"), [], Cancelled);
        await File.WriteAllBytesAsync(Path.Combine(path, "0000000000000004-00000000000000aa.pack9"), new byte[9], Cancelled);
        using var store = Open(path);
        Assert.Equal(0, store.SegmentCount);
        Assert.Equal(["0000000000000004-00000000000000aa.pack9", "lock"], Directory.GetFiles(path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Headers_inside_a_message_are_not_taken_for_headers()
    {
        var path = _directory["bodies"];
        var bodies = await WriteThreeAsync(path);
        var stolen = await File.ReadAllBytesAsync(OnlyFile(path), Cancelled);
        BodyRef carrier;
        using (var store = Open(path))
        {
            carrier = await store.WriteAsync(stolen, default, Cancelled);
        }

        // With its own header gone, the search for the next one goes through the message.
        var file = Directory.GetFiles(path, "*.pack1").Order().Last();
        var octets = await File.ReadAllBytesAsync(file, Cancelled);
        octets[0] ^= 1;
        await File.WriteAllBytesAsync(file, octets, Cancelled);
        using var reopened = Open(path);
        Array.ForEach(bodies, reopened.Retain);
        reopened.Retain(carrier);
        Assert.Equal(0, reopened.SweepOrphans());
        await Assert.ThrowsAsync<BodyUnavailableException>(() => reopened.ReadAsync(carrier, Cancelled));
    }

    [Fact]
    public async Task Whatever_was_complete_when_the_machine_stopped_is_there_afterwards()
    {
        var path = _directory["bodies"];
        var completed = new List<(BodyRef Body, int Seed)>();
        using var store = EmbeddedMessageStore.Open(new EmbeddedMessageStoreOptions(path) { SegmentBytes = 100_000 });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var enough = new TaskCompletionSource();
        var writers = Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var seed = (worker * 1_000_000) + i;
                var body = await store.WriteAsync(Bodies.Octets(seed % 50 == 0 ? 150_000 : 2000, seed), default, Cancelled);
                lock (completed)
                {
                    completed.Add((body, seed));
                    if (completed.Count == 400)
                    {
                        enough.SetResult();
                    }
                }
            }
        }, Cancelled)).ToArray();
        await enough.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);

        (BodyRef Body, int Seed)[] before;
        lock (completed)
        {
            before = [.. completed];
        }

        Copy(path, _directory["copy"]);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        using var after = Open(_directory["copy"]);
        foreach (var (body, seed) in before)
        {
            after.Retain(body);
            Assert.Equal(Bodies.Octets(seed % 50 == 0 ? 150_000 : 2000, seed), await after.ReadAsync(body, Cancelled));
        }
    }

    [Fact]
    public void One_process_at_a_time_uses_a_directory()
    {
        using var store = Open(_directory["bodies"]);
        Assert.ThrowsAny<IOException>(() => Open(_directory["bodies"]));
    }
}
