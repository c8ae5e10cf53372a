import { setTimeout } from 'node:timers/promises'
import { Link } from './link.ts'
import { Postgres } from './postgres.ts'
import { setSynchronousStandbys } from './synchronous-standbys.ts'

const STANDBY = 'standby'

/** Tries of {@link POLL} milliseconds until the standby must have caught up. */
const TRIES = 600
const POLL = 50

/**
 * A primary with a synchronous standby, which follows it by a link of its own. Each commit waits for the standby. The servers may change
 * roles, as often as wanted: `primary` is the one that was started or promoted last.
 */
export class PostgresPair implements AsyncDisposable {
  /** The network by which the standby follows the primary. */
  readonly replication: Link
  #primary: Postgres
  #standby: Postgres

  private constructor(primary: Postgres, standby: Postgres, replication: Link) {
    this.#primary = primary
    this.#standby = standby
    this.replication = replication
  }

  static async start(): Promise<PostgresPair> {
    const replication = await Link.to('postgresql://127.0.0.1:1/')
    const primary = await Postgres.start(undefined, settingsOf(replication.port))
    replication.leadTo(primary.url())
    const standby = await Postgres.follow({ port: primary.port, slot: STANDBY }).catch(
      async error => {
        replication[Symbol.dispose]()
        await primary[Symbol.asyncDispose]()
        throw error
      },
    )
    const pair = new PostgresPair(primary, standby, replication)
    await pair.#requireStandby()
    return pair
  }

  /** The server that was made a primary last. */
  get primary(): Postgres {
    return this.#primary
  }

  /** Its standby; after {@link promote} the primary of before, whatever has become of it. */
  get standby(): Postgres {
    return this.#standby
  }

  /**
   * Makes the standby a primary, which waits for nobody until it has a standby. The other server is left as it is: it must not be reached any
   * more, or there are two primaries. Its commits wait for ever.
   */
  async promote(): Promise<void> {
    await this.#standby.ask("alter system set synchronous_standby_names = ''")
    await this.#standby.ask('select pg_reload_conf()')
    await this.#standby.ask('select pg_promote()')
    ;[this.#primary, this.#standby] = [this.#standby, this.#primary]
  }

  /** Has the primary of before follow the new one: what only it has is gone. From then on commits wait for it. */
  async rejoin(): Promise<void> {
    await this.#standby.kill()
    this.replication.leadTo(this.#primary.url())
    await this.#primary.ask('checkpoint')
    await this.#primary.ask(
      `select pg_create_physical_replication_slot('${STANDBY}', true)
        where not exists (select from pg_replication_slots where slot_name = '${STANDBY}')`,
    )
    this.#standby.rewindTo(this.#primary.port)
    // the standby serves from the record on that the primary had made last by then, which an idle primary may not have written yet
    await this.#primary.ask('select pg_switch_wal()')
    this.#standby.becomeStandby()
    await this.#standby.resume()
    await this.#requireStandby()
  }

  /** Waits until each commit waits for the standby, and the standby follows. */
  async #requireStandby(): Promise<void> {
    // only a standby that is away shows that commits wait
    await setSynchronousStandbys(this.#primary, 'nobody')
    await this.#primary.ask(`alter system set synchronous_standby_names = '${STANDBY}'`)
    await this.#primary.ask('select pg_reload_conf()')
    for (let tries = 0; tries < TRIES; tries++) {
      const found = await this.#primary.ask(
        "select from pg_stat_replication where state = 'streaming' and sync_state = 'sync'",
      )
      if (found.length > 0) return
      await setTimeout(POLL)
    }
    throw new Error('the standby does not follow the primary')
  }

  async [Symbol.asyncDispose]() {
    await Promise.all([this.#primary, this.#standby].map(server => server[Symbol.asyncDispose]()))
    this.replication[Symbol.dispose]()
  }
}

/** Both servers have the same, as a copy takes the configuration along. @param port by which the standby reaches the primary */
const settingsOf = (port: number): readonly string[] => [
  'wal_log_hints = on',
  `primary_conninfo = 'host=127.0.0.1 port=${port} user=postern application_name=${STANDBY}'`,
  `primary_slot_name = '${STANDBY}'`,
  'wal_retrieve_retry_interval = 200ms',
]
