/**
 * Sets up a session independently of the defaults of server, database and role. Statements time out after $1, commits are durable, warnings are
 * sent, and names are looked up in pg_catalog and then in the schema $2, not in schemas that other users may have put before them. Functions and
 * operators are called with exactly the types that they are declared for, so a user who may create functions in $2 cannot shadow one.
 */
export const SET_UP_SESSION = `
  select
    pg_catalog.set_config('search_path', pg_catalog.quote_ident($2) || ', pg_temp', false),
    pg_catalog.set_config('standard_conforming_strings', 'on', false),
    pg_catalog.set_config('array_nulls', 'on', false),
    pg_catalog.set_config('lock_timeout', '0', false),
    pg_catalog.set_config('row_security', 'off', false),
    pg_catalog.set_config('client_min_messages', 'warning', false),
    pg_catalog.set_config('statement_timeout', $1, false),
    pg_catalog.current_setting('transaction_read_only') as readonly,
    pg_catalog.pg_backend_pid() as pid,
    (select extract(epoch from backend_start)::text from pg_catalog.pg_stat_activity
      where pid = pg_catalog.pg_backend_pid()) as started,
    pg_catalog.current_setting('synchronous_commit') as found,
    pg_catalog.set_config('synchronous_commit', case pg_catalog.current_setting('synchronous_commit')
      when 'remote_apply' then 'remote_apply' else 'on' end, false) as made`

/** Prevents sequential scans, which were planned while the table was small. Servers without this setting do not need it. */
export const SET_UP_PLANS = 'set enable_seqscan = off'

/** Whether the server takes no writes: a standby, or a primary that was told so. */
export const IS_READ_ONLY = "select pg_catalog.current_setting('transaction_read_only') as readonly"

/** The timeline of a primary, which each promotion increases. Other servers that speak the protocol have none. */
export const TIMELINE = `
  select ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))
    ::bit(32)::int8::float8 as timeline`

export const GET = `
  select key, value, version from postern_entry where key = any($1::bytea[]) and value is not null`

/**
 * The names directly under a prefix, with one index lookup each: after a name with more below it, the search skips all of that.
 * $1 length of the prefix in bytes · $2 first key · $3 end of the keys with the prefix · $4 limit
 */
export const LIST = `
  with recursive found(name, seek, count) as (
    select null::bytea, $2::bytea, 0::bigint
    union all
    select
      substring(next.key from $1::int + 1 for case when slash > 0 then slash else length(next.key) end),
      case when slash > 0
        then substring(next.key from 1 for $1 + slash - 1) || '\\x30'::bytea
        else next.key || '\\x00'::bytea end,
      count + 1
    from found, lateral (
      select key, position('\\x2f'::bytea in substring(key from $1 + 1)) as slash
      from postern_entry
      where key >= found.seek and key < $3 and value is not null
      order by key limit 1
    ) as next
    where count < $4
  )
  select name from found where count > 0 order by count`

/**
 * Checks all reads and makes all writes of a batch in one statement, which is a transaction of its own. Returns one row: whether the batch
 * was committed. Rows are locked before they are compared, so the comparison holds until the commit, at every isolation level from READ
 * COMMITTED on.
 *
 * If a key in $8 is present, the storage was migrated or is incomplete: then only commits that write such a key succeed.
 *
 * Keys to be written are locked first, in order, so that two statements cannot deadlock. Keys that were only read are then locked against
 * changes without waiting: one that is being changed counts as changed. Absent keys cannot be locked, so a row is inserted for each: an
 * empty one as a lock, if the key is only read. If a concurrent transaction has inserted one, unseen by this statement, the statement fails with
 * {@link CONFLICT} and has no effect.
 *
 * Every row to be added, changed or deleted must afterwards have this value and this version: if a trigger, a rule or a policy prevents that, the
 * statement fails with {@link NOT_ALL_WRITTEN}.
 *
 * $1 keys only read · $2 their versions, null for absent · $3 keys to be written · $4 whether each was read · $5 their versions, null for
 * absent · $6 their values, null to delete · $7 the version of all that is written
 * · $8 the keys {@link MOVED} and {@link UNFINISHED}
 */
export const COMMIT = `
  with given_reads as (
    select * from unnest($1::bytea[], $2::uuid[]) as given(key, version)
  ), given_writes as (
    select * from unnest($3::bytea[], $4::boolean[], $5::uuid[], $6::bytea[]) as given(key, was_read, version, value)
  ), moved as materialized (
    select exists (
      select from postern_entry where key = any($8::bytea[]) and value is not null
    ) and not $3 && $8 as yes
  ), owned as materialized (
    select key, case when value is not null then version end as version
    from postern_entry where key = any($3) order by key for update
  ), writable as materialized (
    -- counting them locks them all, before anything else is locked
    select (select count(*) from owned) >= 0 and not (select yes from moved) and not exists (
      select from given_writes left join owned using (key)
      where was_read and given_writes.version is distinct from owned.version
    ) as yes
  ), held as materialized (
    select key, case when value is not null then version end as version
    from postern_entry where key = any($1) and (select yes from writable)
    for share skip locked
  ), verdict as materialized (
    select (select yes from writable) and not exists (
      select from given_reads left join held using (key)
      where given_reads.version is distinct from held.version
    ) as good
  ), missing as materialized (
    select key, value from given_writes where key not in (select key from owned)
    union all
    select key, null from given_reads where key not in (select key from held)
    order by key
  ), added as (
    insert into postern_entry (key, value, version)
    select key, value, $7::uuid from missing where (select good from verdict)
    on conflict (key) do nothing
    returning key, value, version
  ), changed as (
    update postern_entry set value = given_writes.value, version = $7::uuid
    from given_writes
    where postern_entry.key = given_writes.key and given_writes.value is not null and (select good from verdict)
    returning postern_entry.value = given_writes.value and postern_entry.version = $7::uuid as same
  ), removed as (
    delete from postern_entry using given_writes
    where postern_entry.key = given_writes.key and given_writes.value is null and (select good from verdict)
    returning 1
  )
  select good, (select yes from moved) as moved,
    1 / case when good and (select count(*) from added) < (select count(*) from missing) then 0 else 1 end as alone,
    pg_catalog.sqrt(case when good and ((select count(*) from changed where same) + (select count(*) from removed) < (select count(*) from owned)
        or exists (select from added where version <> $7::uuid)
        or exists (select key, value from added except all select key, value from missing))
      then -1::float8 else 1::float8 end) as whole
  from verdict`

/** The same, but fails instead of waiting for a row that another statement has locked: one commit of a group must not hold up the others. */
export const COMMIT_AT_ONCE = COMMIT.replace('for update\n', 'for update nowait\n')

/**
 * Finds out whether a commit was made, by the row of its receipt, and prevents it if not. Returns one row: the version and the
 * value of the receipt. The version is $3 if the commit was not made, and that of the commit if it was; any other is that of another program.
 * It waits for a transaction that still holds the row, for a short time: until that has ended, or the standby has what it has written, nothing
 * is known. It always writes the row, so that it waits for the standby itself: what it has found is on the standby then, too.
 *
 * $1 the key of the receipt · $2 its version before the commit, null for absent · $3 its version from now on, if the commit was not made
 * · $4 the same, if there is no row
 */
export const OUTCOME = `
  with patience as materialized (
    select pg_catalog.set_config('lock_timeout', '300', true) as milliseconds
  )
  insert into postern_entry (key, value, version)
  select $1::bytea, ''::bytea, $4::uuid from patience where milliseconds is not null
  on conflict (key) do update
    set version = case postern_entry.version when $2::uuid then $3::uuid else postern_entry.version end
  returning version, value`

/** Deletes receipts from $1 on and below $2 that nobody uses any more. */
export const FORGET_RECEIPTS = `
  delete from postern_entry where key in (
    select key from postern_entry where key >= $1 and key < $2 limit 1000 for update skip locked
  )`

/** invalid_argument_for_power_function, raised by {@link COMMIT} if not all writes took effect; it is then rolled back. */
export const NOT_ALL_WRITTEN = '2201F'

/** Waits for running statements; later ones wait for this transaction and then see its changes. */
export const LOCK_OUT = 'lock table postern_entry in share row exclusive mode'

/** Deletes rows that only lock an absence, some at a time; one that is still needed is inserted again. */
export const FORGET_ABSENCES = `
  delete from postern_entry where key in (
    select key from postern_entry where value is null limit 1000 for update skip locked
  )`

/** The number of sessions on this database with the application name $1, as far as this user may see them. */
export const ENGINES = `
  select count(*)::int as engines from pg_catalog.pg_stat_activity
  where datname = pg_catalog.current_database() and application_name = $1 and pid <> pg_catalog.pg_backend_pid()`

/** Milliseconds since 1970. */
export const TIME = `
  select extract(epoch from pg_catalog.clock_timestamp())::float8 * 1000::float8 as time`

/** Which of the backends with the process ids $1 are running a statement, and when each was started; one that waits for its client is not. */
export const STILL_ACTIVE = `
  select pid, extract(epoch from backend_start)::text as started from pg_catalog.pg_stat_activity
  where pid = any($1::int[]) and state is distinct from 'idle'`

/** division_by_zero, raised by {@link COMMIT} on a conflict. Like class 40: the statement was rolled back, and may be run again. */
export const CONFLICT = '22012'
