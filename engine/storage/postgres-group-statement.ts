/**
 * Checks and makes several commits in one statement, each judged for itself, as `COMMIT` in postgres-statements.ts does with one; the rules
 * for locks, absent keys and what must be written are the same. None of them writes what another one reads or writes. The receipt of all is
 * commit 0: without it, nothing is made. Its cost is linear in the number of keys.
 *
 * It fails instead of waiting for a row that another statement has locked: one commit must not hold up the others.
 *
 * Returns one row: whether anything was made, whether the storage was migrated or is incomplete, and the numbers of the commits that were
 * refused, with commas, null for none. The receipt has them as its value, for whom this answer does not reach.
 *
 * $1 keys only read · $2 their versions, null for absent; each pair once · $3, $4 which commit has read which of them, both counted from 1
 * · $5 keys to be written · $6 whether each was read · $7 their versions, null for absent · $8 their values, null to delete · $9 the commit of
 * each · $10 the version of all that is written · $11 the number of commits · $12 the keys MOVED and UNFINISHED
 */
export const COMMIT_GROUP = `
  with given_reads as (
    select * from unnest($1::bytea[], $2::uuid[]) with ordinality as given(key, version, place)
  ), given_writes as (
    select * from unnest($5::bytea[], $6::boolean[], $7::uuid[], $8::bytea[], $9::int[])
      as given(key, was_read, version, value, member)
  ), moved as materialized (
    select exists (
      select from postern_entry where key = any($12::bytea[]) and value is not null
    ) as yes
  ), owned as materialized (
    select key, case when value is not null then version end as version
    from postern_entry where key = any($5) order by key for update nowait
  ), held as materialized (
    -- counting them locks them all, before anything else is locked
    select key, case when value is not null then version end as version
    from postern_entry where key = any($1) and (select count(*) from owned) >= 0
    for share skip locked
  ), outdated as materialized (
    select place from given_reads left join held using (key)
    where given_reads.version is distinct from held.version
  ), refused as materialized (
    select member from given_writes left join owned using (key)
    where was_read and given_writes.version is distinct from owned.version
    union
    select member from unnest($3::int[], $4::int8[]) as reading(member, place)
    where exists (select from outdated) and place in (select place from outdated)
  ), verdict as materialized (
    select not (select yes from moved) and not exists (select from refused where member = 0)
      and count(*) < $11::int8 as good, pg_catalog.string_agg(member::text, ','::text) as list
    from refused
  ), made as materialized (
    select key, case when member = 0 and value is not null
      then pg_catalog.convert_to(coalesce((select list from verdict), ''::text), 'UTF8'::name) else value end as value
    from given_writes where (select good from verdict) and member not in (select member from refused)
  ), missing as materialized (
    select key, value from made where key not in (select key from owned)
    union all
    select key, null from given_reads
    where version is null and (select good from verdict) and key not in (select key from held)
    order by key
  ), added as (
    insert into postern_entry (key, value, version)
    select key, value, $10::uuid from missing
    on conflict (key) do nothing
    returning key, value, version
  ), changed as (
    update postern_entry set value = made.value, version = $10::uuid
    from made where postern_entry.key = made.key and made.value is not null
    returning postern_entry.value = made.value and postern_entry.version = $10::uuid as same
  ), removed as (
    delete from postern_entry using made
    where postern_entry.key = made.key and made.value is null
    returning 1
  )
  select good, (select yes from moved) as moved, list as refused,
    1 / case when (select count(*) from added) < (select count(*) from missing) then 0 else 1 end as alone,
    pg_catalog.sqrt(case when (select count(*) from changed where same) + (select count(*) from removed)
          < (select count(*) from made where key in (select key from owned))
        or exists (select from added where version <> $10::uuid)
        or exists (select key, value from added except all select key, value from missing)
      then -1::float8 else 1::float8 end) as whole
  from verdict`
