using System.Collections.Immutable;
using MtaCluster.Node.Auth;

namespace MtaCluster.Node.Admin.Palettes;

/// <summary>Who may log in to send mail.</summary>
internal static class UserPalette
{
    private const string Password = "Password";

    public static Palette Create() => new("user", "Who may log in to send mail",
    [
        new Command("add", "A user more; their password is asked for", AddAsync)
        {
            Arguments = [Parameters.Text("name", "What they log in as, often their address", required: true)],
            Switches =
            [
                Parameters.Texts("identity", $"Whom they may send as: {SenderIdentity.Form}; without it their name, if that is an address"),
                Parameters.Text("rate", "How many messages they may send, such as 100/h; without it as many as they like"),
            ],
            Changes = true,
            Secret = Password,
        },
        new Command("list", "All users", ListAsync),
        new Command("remove", "A user less", context => ChangeAsync(context, "is removed", (users, name) => users.RemoveAsync(name, context.Ended)))
        {
            Arguments = [Name()],
            Changes = true,
        },
        new Command(
            "password",
            "Another password for a user, which is asked for",
            context => ChangeAsync(context, "has another password", (users, name) => users.SetPasswordAsync(name, context.Secret!, context.Ended)))
        {
            Arguments = [Name()],
            Changes = true,
            Secret = Password,
        },
        new Command(
            "disable",
            "A user may not log in until they are enabled again",
            context => ChangeAsync(context, "is disabled", (users, name) => users.SetEnabledAsync(name, false, context.Ended)))
        {
            Arguments = [Name()],
            Changes = true,
        },
        new Command(
            "enable",
            "A user that was disabled may log in again",
            context => ChangeAsync(context, "is enabled", (users, name) => users.SetEnabledAsync(name, true, context.Ended)))
        {
            Arguments = [Name()],
            Changes = true,
        },
    ]);

    private static Pbm.Protocol.ParameterDescription Name() => Parameters.Text("name", "What they log in as", required: true);

    private static Task AddAsync(CommandContext context) => ChangeAsync(
        context,
        "is added",
        (users, name) => users.AddAsync(name, context.Secret!, context.Arguments.AllTexts("identity"), context.Arguments.Text("rate"), context.Ended));

    private static async Task ChangeAsync(CommandContext context, string done, Func<UserAccounts, string, ValueTask<string?>> change)
    {
        var name = context.Arguments.Text("name")!;
        try
        {
            if (await change(context.Services.Users!, name).ConfigureAwait(false) is { } wrong)
            {
                context.Fail(wrong);
                return;
            }
        }
        catch (UserDirectoryException away)
        {
            context.Fail($"the users cannot be reached: {away.Message}");
            return;
        }

        context.Touched = 1;
        await context.Replies.LineAsync($"{name} {done}", new { user = name, done }).ConfigureAwait(false);
    }

    private static async Task ListAsync(CommandContext context)
    {
        ImmutableArray<UserRow> rows;
        try
        {
            rows = [.. (await context.Services.Users!.ListAsync(context.Ended).ConfigureAwait(false)).Select(UserRow.Of)];
        }
        catch (UserDirectoryException away)
        {
            context.Fail($"the users cannot be reached: {away.Message}");
            return;
        }

        var table = new Table<UserRow>()
            .Column("NAME", row => row.Name)
            .Column("ENABLED", row => row.Enabled ? "yes" : "no")
            .Column("RATE", row => row.Rate)
            .Column("SENDS AS", row => string.Join(' ', row.Identities));
        await context.WriteAsync(table, rows).ConfigureAwait(false);
        await context.Replies.LineAsync($"Count: {Texts.Count(rows.Length, "user")}").ConfigureAwait(false);
    }

    private sealed record UserRow(string Name, bool Enabled, string? Rate, ImmutableArray<string> Identities)
    {
        public static UserRow Of(UserRecord user)
            => new(user.Name, user.IsEnabled, user.Rate?.ToString(), [.. user.Identities.Select(identity => identity.ToString())]);
    }
}
