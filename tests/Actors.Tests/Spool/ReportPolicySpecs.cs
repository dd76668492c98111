using MtaCluster.Actors.Destination;
using MtaCluster.Actors.Spool;
using MtaCluster.Protocol.Dsn;
using MtaCluster.Protocol.Smtp;
using Xunit;

namespace MtaCluster.Actors.Tests.Spool;

public sealed class ReportPolicySpecs
{
    private static readonly MailOptions s_notify = new() { DeliverBy = new DeliverBy(Mail.Start, DeliverByMode.Notify, Trace: false) };
    private static readonly MailOptions s_return = new() { DeliverBy = new DeliverBy(Mail.Start, DeliverByMode.Return, Trace: false) };
    private static readonly MailOptions s_trace = new() { DeliverBy = new DeliverBy(Mail.Start, DeliverByMode.Notify, Trace: true) };

    [Theory]
    [InlineData(DsnNotify.Unspecified, true, true, false)]
    [InlineData(DsnNotify.Never, false, false, false)]
    [InlineData(DsnNotify.Failure, true, false, true)]
    [InlineData(DsnNotify.Delay, false, true, true)]
    [InlineData(DsnNotify.Success, false, false, true)]
    [InlineData(DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay, true, true, true)]
    public void Failure_and_delay_are_reported_as_notify_says(DsnNotify notify, bool failure, bool delay, bool delayInTime)
    {
        var options = new RecipientOptions { Notify = notify };

        Assert.Equal(failure, ReportPolicy.ReportsFailure(options));
        Assert.Equal(delay, ReportPolicy.ReportsDelay(options, MailOptions.None));
        Assert.Equal(delay, ReportPolicy.ReportsDelay(options, s_return));
        Assert.Equal(delay || delayInTime, ReportPolicy.ReportsDelay(options, s_notify));
    }

    [Theory]
    [InlineData(DsnNotify.Unspecified, HandedOnToAll, false, null)]
    [InlineData(DsnNotify.Unspecified, 0, true, null)]
    [InlineData(DsnNotify.Success, 0, false, DsnKind.Relayed)]
    [InlineData(DsnNotify.Success, 0, true, DsnKind.Delivered)]
    [InlineData(DsnNotify.Success, 1, false, null)]
    [InlineData(DsnNotify.Success, 1, true, null)]
    [InlineData(DsnNotify.Success | DsnNotify.Failure, 2, false, DsnKind.Relayed)]
    [InlineData(DsnNotify.Failure, 0, false, null)]
    [InlineData(DsnNotify.Never, 0, false, null)]
    public void Success_is_reported_where_the_next_hop_does_not(DsnNotify notify, int handedOn, bool isFinal, DsnKind? kind)
        => Assert.Equal(kind, ReportPolicy.OfDelivery(new RecipientOptions { Notify = notify }, MailOptions.None, (HandedOn)handedOn, isFinal));

    [Fact]
    public void A_relay_is_reported_where_it_is_traced_or_ends_the_promise_of_time()
    {
        Assert.Equal(DsnKind.Relayed, Relay(s_trace, HandedOn.DeliverBy));
        Assert.Equal(DsnKind.Relayed, Relay(s_notify, HandedOn.Notifications));
        Assert.Equal(DsnKind.Relayed, Relay(s_return, HandedOn.None));
        Assert.Null(Relay(s_notify, HandedOn.DeliverBy));
        Assert.Null(Relay(s_trace, HandedOn.None, DsnNotify.Never));
        Assert.Null(ReportPolicy.OfDelivery(RecipientOptions.None, s_trace, HandedOn.None, isFinal: true));
    }

    private const int HandedOnToAll = 3;

    private static DsnKind? Relay(MailOptions message, HandedOn handedOn, DsnNotify notify = DsnNotify.Unspecified)
        => ReportPolicy.OfDelivery(new RecipientOptions { Notify = notify }, message, handedOn, isFinal: false);
}
