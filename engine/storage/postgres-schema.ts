import { Invalid } from '../../shared/invalid.ts'

/** The part of a connection that migrations need. */
interface Session {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

/**
 * The migrations of the schema, each from one version to the next. Never changed once released: changes are further migrations. Each may be
 * run again after it was interrupted.
 */
const MIGRATIONS = [
  // value is null in a row that only locks the absence of a key
  `create table if not exists postern_entry (key bytea primary key, value bytea, version uuid not null);
   create index if not exists postern_entry_absences on postern_entry (key) where value is null`,
]

/** The version of the schema that this program migrates to, and the newest that it uses. */
export const POSTGRESQL_SCHEMA = MIGRATIONS.length

/** Codes of nodes that create the same table at the same time, which "if not exists" does not prevent. */
const CREATED_BY_OTHER = ['23505', '42710', '42P07', '40001']

/**
 * Migrates the schema to the version of this program. Any number of nodes may do so at once: the row with the version is locked meanwhile.
 * If the schema is up to date, rights to read and write the tables are enough.
 * @throws {Invalid} if a newer program has migrated the schema, or the table was altered
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
      'the table postern_entry is not as Postern created it: its primary key is missing',
    )
}

/** Refuses to create tables if another schema has them: those are more likely meant. @throws {Invalid} */
async function requireNowhereElse(session: Session): Promise<void> {
  const { rows } = await session.query(
    // another node may just have created ours
    `select schemaname, current_schema() as ours from pg_tables
      where tablename = 'postern_schema' and schemaname is distinct from current_schema()`,
  )
  const [found] = rows
  if (found)
    throw new Invalid(
      `the schema "${found.ours}" has no tables of Postern, but "${found.schemaname}" has: to use those, set schema = "${found.schemaname}" in [storage]; otherwise drop them`,
    )
}

/** The version of the schema; undefined without the table or its row. */
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
  // waits for the transaction of another node that has inserted the row
  await session.query(
    'insert into postern_schema (id, version) values (1, 0) on conflict (id) do nothing',
  )
}

/** Runs the next migration. Returns false if there is none. */
async function step(session: Session): Promise<boolean> {
  await session.query('begin')
  try {
    const { rows } = await session.query(
      'select version from postern_schema where id = 1 for update',
    )
    const version = Number(rows[0]?.version)
    if (version > MIGRATIONS.length)
      throw new Invalid(
        `the database has schema version ${version} of a newer Postern; this one supports up to ${MIGRATIONS.length}: start the newer one`,
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
