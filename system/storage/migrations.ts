import type { Database } from "./database.ts";

/** Applied in order, each once, never changed after a release: a change is a new entry. */
const migrations: readonly string[] = [
  `
  create table transcriptions (
    id          text primary key,
    owner       text not null,
    status      text not null check (status in
                  ('RECORDING','ENCODING','ENCODED','PROCESSING','SUMMARIZING','COMPLETED','FAILED')),
    version     integer not null default 1,      -- rises by one with each change of the status
    fence       bigint  not null default 0,      -- rises by one with each holder; older holders cannot write
    attempt     integer not null default 0,      -- calls upstream made in the present stage
    progress    integer,
    format      text check (format in ('pcm','webm','ogg')), -- of the chunks; null: none is stored
    stt_rid     text,
    summary_rid text,
    text        text,
    summary     text,
    error       text,
    last_seen   timestamptz not null default now(), -- last chunk or heartbeat, saved coarsely
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
  );
  create index transcriptions_silent on transcriptions (last_seen) where status = 'RECORDING';
  create index transcriptions_failed on transcriptions (id) where status = 'FAILED';

  create table idempotency_keys (                -- of requests that start a recording
    owner        text not null,
    key          text not null,
    recording_id text not null references transcriptions (id) deferrable initially deferred,
    primary key (owner, key)
  );

  create table chunks (
    recording_id text    not null references transcriptions (id),
    seq          integer not null,
    bytes        integer not null,
    sha256       text    not null,
    stored_at    timestamptz not null default now(),
    primary key (recording_id, seq)
  );

  create table transitions (
    recording_id text    not null references transcriptions (id),
    version      integer not null,
    from_status  text,
    to_status    text    not null,
    instance     text    not null,
    actor        text,                           -- the administrator who requeued it
    at           timestamptz not null default clock_timestamp(),
    primary key (recording_id, version)
  );

  create table outbox (
    id         bigint generated always as identity primary key,
    topic      text     not null,
    key        text     not null,
    lane       smallint not null,                -- the partition: a failing one must not hold up the others
    value      text     not null,
    headers    jsonb    not null,
    created_at timestamptz not null default clock_timestamp(),
    due_at     timestamptz not null default clock_timestamp(), -- not published before
    sent_at    timestamptz
  );
  create index outbox_unsent on outbox (id) where sent_at is null;
  create index outbox_sent on outbox (sent_at) where sent_at is not null;

  create function outbox_notify() returns trigger language plpgsql as $$
  begin
    perform pg_notify('stt_outbox', '');
    return null;
  end $$;
  create trigger outbox_notify after insert on outbox for each statement execute function outbox_notify();

  create function transcription_notify() returns trigger language plpgsql as $$
  begin
    perform pg_notify('stt_status', json_build_object(
      'id', new.id, 'status', new.status, 'version', new.version, 'progress', new.progress,
      'at', extract(epoch from clock_timestamp()) * 1000)::text);
    return null;
  end $$;
  create trigger transcription_notify after update on transcriptions for each row
    when (old.version <> new.version or old.progress is distinct from new.progress)
    execute function transcription_notify();

  create table leases (
    name       text primary key,
    holder     text not null,
    expires_at timestamptz not null
  );
  `,
];

/** An arbitrary number that all instances share: the advisory lock's key. */
const migrationLock = 7_283_001;

/** Brings the schema up to date. Several instances may do so at once: one works, the others wait. */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock($1)", [migrationLock]);
    await tx.query(
      "create table if not exists schema_migrations (version integer primary key, applied_at timestamptz not null default now())",
    );
    const applied = await tx.query<{ version: number }>("select version from schema_migrations");
    const versions = new Set(applied.rows.map((row) => row.version));
    for (const [index, statements] of migrations.entries()) {
      if (versions.has(index + 1)) continue;
      await tx.query(statements);
      await tx.query("insert into schema_migrations (version) values ($1)", [index + 1]);
    }
  });
}
