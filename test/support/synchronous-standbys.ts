import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import type { Postgres } from './postgres.ts'

/** Milliseconds between two looks at a commit. */
const POLL = 20

/**
 * Has the commits of a server wait for the standbys of that name, or with `''` for none. Ends once they do, for which `name` must be of a
 * standby that is away: its checkpointer takes a new name when it comes to it, and until then commits go on as before.
 */
export async function setSynchronousStandbys(postgres: Postgres, name: string): Promise<void> {
  await postgres.ask(`alter system set synchronous_standby_names = '${name}'`)
  await postgres.ask('select pg_reload_conf()')
  const client = new pg.Client({ connectionString: postgres.url() })
  await client.connect()
  try {
    while ((await hasWaited(postgres, client)) !== (name !== '')) await setTimeout(POLL)
  } finally {
    await client.end()
  }
}

/** Makes a commit that changes nothing, and tells whether it had to wait for a standby; if so, its wait is cancelled. */
async function hasWaited(postgres: Postgres, client: pg.Client): Promise<boolean> {
  const [{ pid } = {}] = (await client.query('select pg_backend_pid() as pid')).rows
  const waits = `select pg_cancel_backend(pid) from pg_stat_activity where pid = ${pid} and wait_event = 'SyncRep'`
  let isDone = false
  const commit = client.query("select pg_logical_emit_message(true, 'postern', '')").finally(() => {
    isDone = true
  })
  let waited = false
  while (!isDone) {
    if ((await postgres.ask(waits)).length > 0) waited = true
    else await setTimeout(POLL)
  }
  await commit
  return waited
}
