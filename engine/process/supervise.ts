import cluster from 'node:cluster'
import { once } from 'node:events'
import { isSea } from 'node:sea'
import type { Writable } from 'node:stream'
import { attempt } from '../../shared/result.ts'
import { type Counts, endedCounts } from '../metric/metrics.ts'
import type { Question } from './worker-message.ts'
import { type Ending, WorkerSlot } from './worker-slot.ts'

/** Deaths of each worker, one after another, after which starting them again is given up. */
const MAX_DEATHS = 5

interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

interface Supervision {
  /** Workers that share the port, and are one node. */
  readonly count: number
  /** The words behind the path of Node, or of the program, that start this process again. */
  readonly command: readonly string[]
  readonly stdout: Writable
  readonly log: Log
  /** Takes from the configuration again what can change while the engine runs. @throws {Error} */
  readonly reread: () => void
}

/**
 * Runs workers until it is told to stop, and starts again what dies. Holds no store and no secrets itself. Gives the exit code: 0
 * after a graceful stop, that of the first worker where it cannot even start, 1 where all of them die again and again.
 */
export async function supervise(supervision: Supervision): Promise<number> {
  const { count, command, stdout, log, reread } = supervision
  const [exec, ...args] = command
  // workers take connections from the one port themselves: handing each over would cost more than a handshake leaves to gain
  cluster.schedulingPolicy = cluster.SCHED_NONE
  // the flags of an executable are part of it, and would be words of the command
  const execArgv = isSea() ? [] : process.execArgv
  cluster.setupPrimary({ ...(exec !== undefined && { exec }), args, execArgv })

  const workers = new Workers(count, log)
  const reload = () => {
    // each of them says what is wrong with the file
    void attempt(reread)
    workers.reload()
  }
  process.on('SIGHUP', reload)
  const seal = () => workers.seal()
  process.on('SIGUSR1', seal)
  const stopped = Promise.race(
    ['SIGTERM', 'SIGINT'].map(name => once(process, name).then(() => name)),
  )
  // what is wrong for all is found, and said, by one
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
  if (reason === undefined) log.error({}, 'the workers die again and again, so the server ends')
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
  /** What workers that have ended had counted. */
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
          // what cannot be added up is no reason to count nothing any more
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

  /** Resolves when every one of them has died again and again. */
  get hopeless(): Promise<undefined> {
    return this.#hopeless.promise
  }

  /** Starts the first. Gives what it shows when it listens, or how it ended instead. */
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

  /** Seals all; one that does not is killed, and those that come after are sealed. */
  seal(): void {
    this.#isSealed = true
    for (const slot of this.#slots) void slot.ask('seal')
  }

  /** Stops all. Gives the highest of their exit codes. */
  async stop(): Promise<number> {
    return Math.max(...(await Promise.all(this.#slots.map(slot => slot.stop()))))
  }

  /** Asks all others what one of them wants to know. */
  async #pass(asker: WorkerSlot, id: number, question: Question): Promise<void> {
    if (question === 'seal') this.#isSealed = true
    const others = this.#slots.filter(slot => slot !== asker)
    const answers = await Promise.all(others.map(slot => slot.ask(question)))
    // what ended while it was asked is in there, too
    if (question === 'counts') answers.push(await this.#counted)
    asker.tell({ kind: 'answers', id, answers: answers.filter(answer => answer !== undefined) })
  }

  #ended(ending: Ending): void {
    if (!this.#hasBegun) {
      this.#begun.resolve(ending)
      return
    }
    if (this.#slots.every(({ deaths }) => deaths >= MAX_DEATHS)) this.#hopeless.resolve(undefined)
    else this.#log.warn(ending, 'a worker ended and is started again')
  }
}
