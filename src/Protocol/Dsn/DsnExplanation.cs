using System.Text;

namespace MtaCluster.Protocol.Dsn;

/// <summary>The part of a notification that people read.</summary>
internal static class DsnExplanation
{
    private const string Indent = "    ";

    public static string Compose(DsnRequest request)
    {
        var text = new StringBuilder(512 + (request.Recipients.Length * 160));
        text.Append("This is the mail system at ").Append(DsnText.Clean(request.Hostname, 255, asciiOnly: true)).Append(".\r\n\r\n");
        AppendSummary(text, request);
        foreach (var recipient in request.Recipients)
        {
            AppendRecipient(text, request.Kind, recipient);
        }

        text.Append(request.IsOriginalWhole ? "\r\nYour message is attached. It" : "\r\nThe header of your message is attached. Your message")
            .Append(" was accepted on\r\n")
            .Append(DsnFields.Date(request.ArrivedAt))
            .Append(" with the queue id ").Append(DsnText.Clean(request.OriginalQueueId, 64, asciiOnly: true)).Append(".\r\n");
        return text.ToString();
    }

    private static void AppendSummary(StringBuilder text, DsnRequest request)
    {
        switch (request.Kind)
        {
            case DsnKind.Failed:
                text.Append("Your message could not be delivered to the recipients below.\r\nThey will not be tried again.\r\n");
                return;
            case DsnKind.Delivered:
                text.Append("Your message was delivered to the recipients below.\r\n");
                return;
            case DsnKind.Relayed:
                text.Append("Your message was given to the mail servers of the recipients below.\r\nThey do not report its delivery: you may hear no more of it.\r\n");
                return;
        }

        text.Append("Your message has not yet been delivered to the recipients below.\r\n")
            .Append("This is only a warning: you need not send your message again.\r\n");
        if (request.WillRetryUntil is { } until)
        {
            text.Append("It will be tried until ").Append(DsnFields.Date(until)).Append(".\r\n");
        }
    }

    private static void AppendRecipient(StringBuilder text, DsnKind kind, DsnRecipient recipient)
    {
        text.Append("\r\n<").Append(DsnText.Clean(recipient.Address, 1_000, asciiOnly: false)).Append(">\r\n");
        if (kind == DsnKind.Failed && recipient.Reply.IsTransient)
        {
            text.Append(Indent).Append("It could not be delivered in the time allowed. The last problem:\r\n");
        }

        if (recipient.RemoteMta is { Length: > 0 } host)
        {
            text.Append(Indent).Append("Mail server: ").Append(DsnText.Clean(host, 255, asciiOnly: true)).Append("\r\n");
        }

        var label = recipient.Reply.IsPositive ? "Reply: " : "Reason: ";
        text.Append(Indent).Append(label);
        DsnText.AppendFolded(text, DsnText.OneLine(recipient.Reply), Indent.Length + label.Length, Indent);
        text.Append("\r\n");
    }
}
