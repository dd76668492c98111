using System.Globalization;
using MtaCluster.Fuzz;
using Xunit;

namespace MtaCluster.Node.Tests.Smtp;

/// <summary>The short run of tests/Fuzz. MTA_FUZZ_SECONDS makes it longer.</summary>
public sealed class SessionFuzzSpecs
{
    public static TheoryData<string> Seeds => [.. SessionFuzzer.Corpus.Select(SessionFuzzer.Print)];

    [Fact]
    public async Task Whatever_comes_in_a_session_keeps_its_word()
    {
        var seconds = Environment.GetEnvironmentVariable("MTA_FUZZ_SECONDS") is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : 60;
        var seed = Random.Shared.Next();
        var report = await new SessionFuzzer().RunAsync(seed, TimeSpan.FromSeconds(seconds));
        Assert.True(report.Failure is null, $"seed {seed}: {report.Failure}\n{report.Input}");
        Assert.True(report.Sessions > SessionFuzzer.Corpus.Count);
        TestContext.Current.TestOutputHelper?.WriteLine($"{report.Sessions} inputs");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_session_may_be_cut_at_every_octet(string seed)
    {
        var input = SessionFuzzer.Corpus.Single(input => SessionFuzzer.Print(input) == seed);
        int[] octets = [.. Enumerable.Repeat(1, input.Length)];
        var halves = Enumerable.Range(1, input.Length - 1).Select(cut => (int[])[cut, input.Length - cut]);
        await SessionFuzzer.TryAsync(input, halves.Prepend(octets), lmtp: false);
    }
}
