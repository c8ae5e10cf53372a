import { Invalid } from '../../shared/invalid.ts'

/** A connection, as far as migrations need one. */
interface Session {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

/**
 * What leads from one version of the schema to the next, the first from none. Never changed once released: what is to be otherwise is a
 * further one. Each may be run again after it broke off.
 */
const MIGRATIONS = [
  // value is null where a row only keeps an absence from being ended unseen
  `create table if not exists postern_entry (key bytea primary key, value bytea, version uuid not null);
   create index if not exists postern_entry_absences on postern_entry (key) where value is null`,
]

/** Two nodes that create the same table at the same time, for which "if not exists" is no help. */
const CREATED_BY_OTHER = ['23505', '42710', '42P07', '40001']

/**
 * Brings the schema to the version of this program. Any number of nodes may do so at once: the row with the version is locked meanwhile.
 * Where it has that version, rights to read and write the tables are enough.
 * @throws {Invalid} if the schema is of a newer program, which must not be run backwards, or is not as this one left it
 */
export async function migrate(session: Session): Promise<void> {
  const version = await versionOf(session)
  if (version !== MIGRATIONS.length) {
    if (version === undefined) await requireNowhereElse(session)
    await createVersion(session)
    while (await step(session));
  }
  const { rows } = await session.query(
    `select from pg_index where indrelid = pg_catalog.to_regclass('postern_entry')::oid and indisprimary and indisvalid
      and indnkeyatts = 1 and indrelid in (
        select attrelid from pg_attribute where attname = 'key' and attnum = any(indkey))`,
  )
  if (rows.length === 0)
    throw new Invalid(
      'the table postern_entry is not as Postern made it: its primary key is missing',
    )
}

/** Tables in another schema are more likely meant than a new, empty storage. @throws {Invalid} */
async function requireNowhereElse(session: Session): Promise<void> {
  const { rows } = await session.query(
    // another node may just have made ours
    `select schemaname, current_schema() as ours from pg_tables
      where tablename = 'postern_schema' and schemaname is distinct from current_schema()`,
  )
  const [found] = rows
  if (found)
    throw new Invalid(
      `the schema "${found.ours}" has no tables of Postern, but "${found.schemaname}" has: if they are meant, set schema = "${found.schemaname}" in [storage]; else drop them`,
    )
}

/** None where there is no table yet, or not the row. */
async function versionOf(session: Session): Promise<number | undefined> {
  const found = await session.query(
    `select pg_catalog.to_regclass('postern_schema') is not null as there`,
  )
  if (!found.rows[0]?.there) return undefined
  const { rows } = await session.query('select version from postern_schema where id = 1')
  return rows[0] && Number(rows[0].version)
}

async function createVersion(session: Session): Promise<void> {
  await session
    .query(`
      create table if not exists postern_schema (id int primary key, version int not null);
      insert into postern_schema (id, version) values (1, 0) on conflict (id) do nothing`)
    .catch(error => {
      if (!CREATED_BY_OTHER.includes(error.code)) throw error
    })
  // after another node's creation this waits for its end
  await session.query(
    'insert into postern_schema (id, version) values (1, 0) on conflict (id) do nothing',
  )
}

/** Does the next migration. False if there is none. */
async function step(session: Session): Promise<boolean> {
  await session.query('begin')
  try {
    const { rows } = await session.query(
      'select version from postern_schema where id = 1 for update',
    )
    const version = Number(rows[0]?.version)
    if (version > MIGRATIONS.length)
      throw new Invalid(
        `the database has schema version ${version}, made by a newer Postern; this one knows up to ${MIGRATIONS.length}: start the newer one`,
      )
    const migration = MIGRATIONS[version]
    if (migration !== undefined) {
      await session.query(migration)
      await session.query('update postern_schema set version = $1 where id = 1', [version + 1])
    }
    await session.query('commit')
    return migration !== undefined
  } catch (error) {
    await session.query('rollback')
    throw error
  }
}
