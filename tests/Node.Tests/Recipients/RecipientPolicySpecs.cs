using System.Net;
using MtaCluster.Node.Recipients;
using MtaCluster.Protocol.Address;
using MtaCluster.Protocol.Policy;
using MtaCluster.Protocol.Smtp;
using MtaCluster.Protocol.Smtp.Server;
using Xunit;

namespace MtaCluster.Node.Tests.Recipients;

public sealed class RecipientPolicySpecs : IDisposable
{
    private static readonly PolicySession s_session = new()
    {
        ConnectionId = "c1",
        Listener = "mx",
        Client = new IPEndPoint(IPAddress.Loopback, 1),
        ReversePath = new ReversePath(RecipientFiles.Box("sender@elsewhere.example")),
    };

    private readonly RecipientFiles _files = new();
    private readonly RecordedLog<RecipientPolicy> _log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    private async Task<PolicyVerdict> AskAsync(PolicyRecipient recipient, params IUserSource[] users)
    {
        var domain = RecipientFiles.Domain("example.net") with
        {
            Users = [_files.Users("ann"), .. users],
            Aliases = [_files.Aliases("sales: ann, out@elsewhere.example", "a: b", "b: a")],
        };
        var policy = new RecipientPolicy(new RecipientResolver(new RecipientDomains([domain]), null, acceptsAbuse: false), _log);
        return await policy.OnRecipientAsync(s_session, recipient, Stop);
    }

    private static string Reply(PolicyVerdict verdict) => verdict switch
    {
        PolicyVerdict.Reject reject => reject.Reply.ToString(),
        PolicyVerdict.Defer defer => defer.Reply.ToString(),
        _ => verdict.GetType().Name,
    };

    [Theory]
    [InlineData("ann@example.net", "Accept")]
    [InlineData("nobody@example.net", "550 5.1.1 No such mailbox here")]
    [InlineData("a@example.net", "451 4.3.5 The address is set up wrongly here, try again later")]
    [InlineData("anybody@elsewhere.example", "Accept")]
    public async Task A_recipient_gets_its_reply(string mailbox, string expected) =>
        Assert.Equal(expected, Reply(await AskAsync(RecipientFiles.Recipient(mailbox))));

    [Fact]
    public async Task Who_cannot_be_looked_up_is_deferred_and_never_refused()
    {
        var missing = new AddressFile(_files["none"], AddressFileKind.Users, TimeProvider.System, _files.Log);
        Assert.Equal(
            "451 4.3.0 Recipients cannot be looked up now, try again later",
            Reply(await AskAsync(RecipientFiles.Recipient("nobody@example.net"), missing)));
    }

    [Fact]
    public async Task An_alias_becomes_its_targets_which_remember_it()
    {
        var recipient = RecipientFiles.Recipient("Sales@example.net") with { Options = new RecipientOptions { Notify = DsnNotify.Never } };
        var redirect = Assert.IsType<PolicyAddition.Redirect>(Assert.Single((await AskAsync(recipient)).Additions));
        Assert.Equal(
            ["ann@example.net Never rfc822;Sales@example.net", "out@elsewhere.example Never rfc822;Sales@example.net"],
            redirect.Recipients.Select(target => $"{target.Mailbox} {target.Options.Notify} {target.Options.OriginalRecipient}"));
    }

    [Fact]
    public async Task An_alias_that_leads_nowhere_is_for_the_operator_to_hear_of()
    {
        await AskAsync(RecipientFiles.Recipient("a@example.net"));
        Assert.Equal(
            "Error 2684 <a@example.net> cannot be expanded, and mail to it is deferred: it stands for nothing but itself, by way of others",
            Assert.Single(_log.Lines));
    }

    [Theory]
    [InlineData("", 0, "Accept")]
    [InlineData("", 1, "452 4.5.3 A message from <> may have one recipient, send to the others separately")]
    [InlineData("sender@elsewhere.example", 1, "Accept")]
    public async Task A_report_has_one_recipient(string reversePath, int before, string expected)
    {
        var recipients = before == 0 ? RecipientList.Empty : RecipientList.Empty.Add(RecipientFiles.Box("first@example.net"));
        var session = s_session with
        {
            ReversePath = reversePath.Length == 0 ? ReversePath.Null : new ReversePath(RecipientFiles.Box(reversePath)),
            Recipients = recipients,
        };
        Assert.Equal(expected, Reply(await new ReportPolicy().OnRecipientAsync(session, RecipientFiles.Recipient("ann@example.net"), Stop)));
    }
}
