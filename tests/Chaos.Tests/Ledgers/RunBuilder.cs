using System.Text;
using MtaCluster.Testing.Ledgers;
using MtaCluster.Testing.Peers;

namespace MtaCluster.Chaos.Tests.Ledgers;

/// <summary>Evidence made by hand.</summary>
internal sealed class RunBuilder
{
    private static readonly long s_second = TimeProvider.System.TimestampFrequency;
    private readonly List<SentMail> _sent = [];
    private readonly List<ReceivedMail> _arrived = [];
    private readonly List<ReceivedMail> _returned = [];
    private readonly List<Fault> _faults = [];

    public Evidence Evidence => new() { Sent = _sent, Arrived = _arrived, Returned = _returned, Faults = _faults };

    public static long Now => TimeProvider.System.GetTimestamp();

    public InvariantReport Check() => InvariantChecker.Check(Evidence);

    /// <summary>Mail whose final dot was not sent.</summary>
    public SentMail Begun(params SinkBehaviour[] behaviours)
    {
        var number = _sent.Count;
        behaviours = behaviours.Length > 0 ? behaviours : [SinkBehaviour.Take];
        var mail = new SentMail(
            $"sender.{number}@return.example.com",
            [.. behaviours.Select((behaviour, index) => new SentRecipient($"{behaviour.LocalPart($"{number}.{index}")}@example.org", behaviour.Ending))],
            Encoding.ASCII.GetBytes($"Subject: {number}\r\n\r\ntext {number}\r\n"));
        mail.Begin(node: 0);
        _sent.Add(mail);
        return mail;
    }

    /// <summary>Mail without a reply to its final dot.</summary>
    public SentMail Ambiguous()
    {
        var mail = Begun();
        mail.Attempt();
        return mail;
    }

    /// <summary>Mail that was answered 250.</summary>
    public SentMail Acknowledged(params SinkBehaviour[] behaviours)
    {
        var mail = Begun(behaviours);
        mail.Attempt();
        mail.Settle(new WireReply(250, "2.0.0 Ok"));
        return mail;
    }

    /// <summary>It arrives for all its recipients, so many seconds from now.</summary>
    public ReceivedMail Arrive(SentMail mail, Func<ReceivedMail, ReceivedMail>? change = null, double after = 0)
    {
        var arrival = new ReceivedMail(
            mail.ReversePath,
            [.. mail.Recipients.Select(recipient => recipient.Address)],
            [.. "Received: from a\r\n\tby b\r\n"u8, .. mail.Content],
            Now + (long)(after * s_second))
        {
            Client = "node0.example.net",
        };
        arrival = change?.Invoke(arrival) ?? arrival;
        _arrived.Add(arrival);
        return arrival;
    }

    /// <summary>Its first recipient bounces.</summary>
    public void Bounce(SentMail mail, string id = "<report@node>", double after = 0) => Return(
        mail.ReversePath,
        $"Message-ID: {id}\r\n\r\n--x\r\n\r\nReporting-MTA: dns; node\r\n\r\nFinal-Recipient: rfc822;\r\n {mail.Name}\r\nAction: failed\r\n\r\n--x--\r\n",
        after);

    /// <summary>Something comes to the return path.</summary>
    public void Return(string recipient, string text, double after = 0) =>
        _returned.Add(new ReceivedMail(string.Empty, [recipient], Encoding.ASCII.GetBytes(text), Now + (long)(after * s_second)));

    /// <summary>Something was done.</summary>
    public void Fault(FaultKind kind, long began, long healed, params string[] nodes) => _faults.Add(new Fault(kind, [.. nodes], began, began, healed, healed));
}
