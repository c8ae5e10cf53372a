import cluster from 'node:cluster'
import { once } from 'node:events'
import { isSea } from 'node:sea'
import type { Writable } from 'node:stream'
import { attempt } from '../../shared/result.ts'
import { type Counts, endedCounts } from '../metric/metrics.ts'
import type { Question } from './worker-message.ts'
import { type Ending, WorkerSlot } from './worker-slot.ts'

/** Consecutive deaths of every worker after which the supervisor gives up. */
const MAX_DEATHS = 5

interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

interface Supervision {
  /** Number of workers, which share the port and form one node. */
  readonly count: number
  /** The arguments of Node, or of the executable, that start this process again. */
  readonly command: readonly string[]
  readonly stdout: Writable
  readonly log: Log
  /** Reloads the settings that can change at run time. @throws {Error} */
  readonly reread: () => void
}

/**
 * Runs workers until a signal stops it, and restarts those that die. Opens no store and has no secrets. Gives the exit code: 0 after a
 * graceful stop, that of the first worker if it cannot start, 1 if all workers keep dying.
 */
export async function supervise(supervision: Supervision): Promise<number> {
  const { count, command, stdout, log, reread } = supervision
  const [exec, ...args] = command
  // workers accept connections themselves: passing each one on would cost more than even distribution gains
  cluster.schedulingPolicy = cluster.SCHED_NONE
  // a single executable has its flags built in; here they would become arguments
  const execArgv = isSea() ? [] : process.execArgv
  cluster.setupPrimary({ ...(exec !== undefined && { exec }), args, execArgv })

  const workers = new Workers(count, log)
  const reload = () => {
    // each worker logs what is wrong with the file
    void attempt(reread)
    workers.reload()
  }
  process.on('SIGHUP', reload)
  const seal = () => workers.seal()
  process.on('SIGUSR1', seal)
  const stopped = Promise.race(
    ['SIGTERM', 'SIGINT'].map(name => once(process, name).then(() => name)),
  )
  // an error that affects all workers is found and reported by the first
  const first = await Promise.race([workers.begin(), stopped])
  if (typeof first === 'object' && 'banner' in first) {
    stdout.write(first.banner)
    workers.startRest()
  } else if (typeof first === 'object') {
    await workers.stop()
    if (first.signal !== undefined) log.error(first, 'the first worker could not start')
    return first.code ?? 1
  }
  const reason = await Promise.race([stopped, workers.hopeless])
  process.off('SIGHUP', reload)
  process.off('SIGUSR1', seal)
  if (reason === undefined) log.error({}, 'the workers keep dying: stopping the server')
  else log.info({ signal: reason }, 'server is stopping')
  const code = await workers.stop()
  return reason === undefined ? 1 : code
}

/** All workers. */
class Workers {
  readonly #slots: readonly WorkerSlot[]
  readonly #log: Log
  readonly #begun = Promise.withResolvers<{ readonly banner: string } | Ending>()
  readonly #hopeless = Promise.withResolvers<undefined>()
  /** The counts of workers that have exited. */
  #counted: Promise<Counts> = Promise.resolve([])
  #hasBegun = false
  #isSealed = false

  constructor(count: number, log: Log) {
    this.#log = log
    const owner = {
      ready: (banner: string) => {
        this.#hasBegun = true
        this.#begun.resolve({ banner })
      },
      ended: (ending: Ending) => this.#ended(ending),
      counted: (counts: Counts) => {
        this.#counted = this.#counted.then(before =>
          // counts that cannot be added must not stop the counting
          endedCounts([before, counts]).catch(() => before),
        )
      },
      asks: (slot: WorkerSlot, id: number, question: Question) => {
        void this.#pass(slot, id, question)
      },
      staysSealed: () => this.#isSealed,
    }
    this.#slots = Array.from({ length: count }, (_, index) => new WorkerSlot(index + 1, owner))
  }

  /** Resolves when every worker has died {@link MAX_DEATHS} times in a row. */
  get hopeless(): Promise<undefined> {
    return this.#hopeless.promise
  }

  /** Starts the first worker. Gives its banner when it listens, or how it exited instead. */
  begin(): Promise<{ readonly banner: string } | Ending> {
    this.#slots[0]?.start()
    return this.#begun.promise
  }

  startRest(): void {
    for (const slot of this.#slots.slice(1)) slot.start()
  }

  reload(): void {
    for (const slot of this.#slots) slot.tell({ kind: 'reload' })
  }

  /** Seals all workers. One that does not seal is killed, and successors start sealed. */
  seal(): void {
    this.#isSealed = true
    for (const slot of this.#slots) void slot.ask('seal')
  }

  /** Stops all workers. Gives the highest of their exit codes. */
  async stop(): Promise<number> {
    return Math.max(...(await Promise.all(this.#slots.map(slot => slot.stop()))))
  }

  /** Passes a question of one worker to all others, and the answers back. */
  async #pass(asker: WorkerSlot, id: number, question: Question): Promise<void> {
    if (question === 'seal') this.#isSealed = true
    const others = this.#slots.filter(slot => slot !== asker)
    const answers = await Promise.all(others.map(slot => slot.ask(question)))
    // includes workers that exited while they were asked
    if (question === 'counts') answers.push(await this.#counted)
    asker.tell({ kind: 'answers', id, answers: answers.filter(answer => answer !== undefined) })
  }

  #ended(ending: Ending): void {
    if (!this.#hasBegun) {
      this.#begun.resolve(ending)
      return
    }
    if (this.#slots.every(({ deaths }) => deaths >= MAX_DEATHS)) this.#hopeless.resolve(undefined)
    else this.#log.warn(ending, 'a worker exited and is restarted')
  }
}
