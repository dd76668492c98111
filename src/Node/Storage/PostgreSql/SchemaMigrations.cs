namespace MtaCluster.Node.Storage.PostgreSql;

/// <summary>The steps that make the schema. A step that was released is never changed: what is to be different is a further step.</summary>
internal static class SchemaMigrations
{
    /// <summary>The version of the schema that this program makes and knows: step <c>i</c> leads to version <c>i + 1</c>.</summary>
    public static int Version => Steps.Length;

    /// <summary>The steps, in order; each runs in the transaction that notes its version.</summary>
    public static string[] Steps { get; } =
    [
        """
        CREATE TABLE mta_layout (
            is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
            spools integer NOT NULL,
            number integer NOT NULL,
            held text NOT NULL);
        CREATE TABLE mta_node (name text PRIMARY KEY, seen timestamptz NOT NULL) WITH (fillfactor = 50);
        CREATE SEQUENCE mta_body_writer MAXVALUE 8388607 CYCLE;
        CREATE TABLE mta_body_kept (
            bucket bigint NOT NULL,
            id bigint NOT NULL,
            part integer NOT NULL,
            content bytea NOT NULL,
            length bigint,
            checksum bigint,
            PRIMARY KEY (bucket, id, part));
        ALTER TABLE mta_body_kept ALTER content SET STORAGE PLAIN;
        CREATE INDEX mta_body_kept_bodies ON mta_body_kept (bucket, id, length) WHERE length IS NOT NULL;
        """ + Journal("spool") + Journal("destination"),
        """
        CREATE TABLE mta_user (
            name text PRIMARY KEY,
            password text NOT NULL,
            scram text,
            identities text[] NOT NULL,
            enabled boolean NOT NULL DEFAULT true,
            rate text,
            changed timestamptz NOT NULL DEFAULT now());
        CREATE TABLE mta_auth_secret (is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only), secret bytea NOT NULL);
        """,
    ];

    // The columns are those of the journal plugin. Of its indexes the journal has only the one that it reads by, which is also the fence: of two
    // writers of the same number one fails.
    private static string Journal(string name) => $"""

        CREATE TABLE mta_{name}_journal (
            ordering bigint GENERATED ALWAYS AS IDENTITY,
            created bigint NOT NULL,
            deleted boolean NOT NULL,
            persistence_id text NOT NULL,
            sequence_number bigint NOT NULL,
            message bytea NOT NULL,
            tags text,
            manifest text,
            identifier integer,
            writer_uuid text,
            CONSTRAINT mta_{name}_journal_fence PRIMARY KEY (persistence_id, sequence_number));
        ALTER TABLE mta_{name}_journal ALTER message SET STORAGE EXTERNAL;
        CREATE TABLE mta_{name}_snapshot (
            persistence_id text NOT NULL,
            sequence_number bigint NOT NULL,
            created bigint NOT NULL,
            snapshot bytea,
            manifest text,
            serializer_id integer,
            PRIMARY KEY (persistence_id, sequence_number));
        """;
}
