import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { randomFrom } from '../simulate/random.ts'
import { childrenOf, signalTree } from '../support/process-tree.ts'
import type { ChaosFlags } from './flags.ts'
import { Ledger } from './ledger.ts'
import { keep, type Result } from './results.ts'
import { type Round, round } from './round.ts'
import { type Site, STORAGES, type StorageName } from './site.ts'
import { startSite } from './start-site.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Disturbances of a site before a new one takes its place. */
const ROUNDS = 40

/** Milliseconds for the end of a site. */
const PATIENCE = 10_000

/** Exit codes of a shell for what a signal has ended. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** Sites of several storages at the same time, until so much has been done or something is wrong. */
export class Run {
  readonly #flags: ChaosFlags
  readonly #file: string
  readonly #commit = engineCommit()
  #left = 0
  #exitCode = 0
  #isInterrupted = false
  readonly #sites = new Set<Site>()

  /** @param file for the results */
  constructor(flags: ChaosFlags, file: string) {
    this.#flags = flags
    this.#file = file
  }

  /** Gives the exit code. @param disturbances as many as are left to be done */
  async go(disturbances: number): Promise<number> {
    this.#left = disturbances
    if (disturbances <= 0) return 0
    // of a site that has failed to start, or was started again by a disturbance that was interrupted
    process.once('exit', killChildren)
    for (const [signal, code] of Object.entries(SIGNALS))
      process.once(signal, () => void this.#interrupt(code))
    const { storages, sites, seed } = this.#flags
    console.log(`${disturbances} disturbances, -seed=${seed}, ${this.#commit}`)
    const lanes = storages.flatMap(storage =>
      Array.from({ length: sites }, (_, index) => this.#lane(storage, index)),
    )
    await Promise.all(lanes)
    return this.#exitCode
  }

  /** One site after the other. */
  async #lane(storage: StorageName, lane: number): Promise<void> {
    for (let count = 0; this.#left > 0; count++) {
      // so that a port of one site is never taken for that of another
      const address = `127.${20 + STORAGES.indexOf(storage)}.${lane}.${(count % 250) + 1}`
      const seed = this.#flags.seed + lane * 1000 + count
      const site = await startSite(storage, address).catch(error => this.#notStarted(error))
      if (!site) return
      this.#sites.add(site)
      const isSound = await this.#disturb({ site, storage, seed })
      await disposed([site])
      this.#sites.delete(site)
      if (isSound) rmSync(site.folder, { recursive: true, force: true })
    }
  }

  #notStarted(error: unknown): undefined {
    console.error(error)
    this.#end(1)
  }

  /** Disturbs a site again and again. Gives whether nothing was found. */
  async #disturb(place: Place): Promise<boolean> {
    const { site, storage, seed } = place
    const [ledger, random] = [new Ledger(), randomFrom(seed)]
    const turns = turnsOf(site)
    const target = { nodes: site.nodes, ledger, random, clients: this.#flags.clients }
    for (let at = 0; at < ROUNDS && this.#left > 0; at++) {
      this.#left--
      // each in turn, and no two sites in the same order
      const disturbance = turns[(at + seed) % turns.length] ?? ''
      const began = performance.now()
      try {
        const told = await round(site, disturbance, target)
        if (this.#isInterrupted) return true
        this.#keep({ storage, disturbance, site }, told)
        if (told.findings.length > 0) return this.#fail(place, ledger, disturbance)
      } catch (error) {
        if (this.#isInterrupted) return true
        // what failed without a finding is the driver, or a database that was asked by it
        if (ledger.findings.length > 0)
          this.#keep(
            { storage, disturbance, site },
            { ...ledger, served: performance.now() - began },
          )
        ledger.find([{ kind: 'other', what: stackOf(error) }], disturbance)
        return this.#fail(place, ledger, disturbance)
      }
    }
    return true
  }

  #keep(of: Pick<Result, 'storage' | 'disturbance'> & { readonly site: Site }, told: Round): void {
    const { storage, disturbance, site } = of
    const { acknowledged, unknown, served, findings } = told
    const count = (kind: string) => findings.filter(each => each.kind === kind).length
    keep(this.#file, {
      storage,
      disturbance,
      commit: this.#commit,
      versions: [`Node.js ${process.versions.node}`, site.version],
      acknowledged,
      lost: count('lost'),
      spentTwice: count('spent twice'),
      other: count('other'),
      unknown,
      served,
    })
    console.log(
      `${storage}: ${disturbance}: ${acknowledged} acknowledged, ${count('lost')} lost, ${count('spent twice')} redeemed twice, ${unknown} unknown, served again after ${(served / 1000).toFixed(2)} s; ${this.#left} left`,
    )
  }

  /** Leaves all that the site and the driver know in its folder, and ends the run. */
  #fail({ site, storage, seed }: Place, ledger: Ledger, disturbance: string): false {
    const told = ledger.findings.map(({ kind, what }) => `${kind}: ${what}`).join('\n')
    writeFileSync(join(site.folder, 'findings'), `${disturbance}\n${told}\n`)
    writeFileSync(join(site.folder, 'ledger.json'), JSON.stringify(ledger, undefined, 1))
    for (const [at, { log }] of site.nodes.entries())
      writeFileSync(join(site.folder, `engine-${at}.log`), log)
    console.error(
      `${storage}: ${disturbance}: -seed=${seed}\n${told.slice(0, 4000)}\nall files of it are in ${site.folder}`,
    )
    this.#end(1)
    return false
  }

  /** Ends at once: what is under way does not count. */
  async #interrupt(code: number): Promise<void> {
    this.#isInterrupted = true
    killChildren()
    await disposed([...this.#sites])
    for (const { folder } of this.#sites) rmSync(folder, { recursive: true, force: true })
    process.exit(code)
  }

  #end(code: number): void {
    this.#left = 0
    this.#exitCode ||= code
  }
}

interface Place {
  readonly site: Site
  readonly storage: StorageName
  /** Of this site. */
  readonly seed: number
}

/** Ends sites, as far as that is possible in time: one in which something failed may wait for what will not come. */
async function disposed(sites: readonly Site[]): Promise<void> {
  const ends = sites.map(site => site[Symbol.asyncDispose]())
  await Promise.race([Promise.allSettled(ends), delay(PATIENCE)])
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

function killChildren(): void {
  for (const child of childrenOf(process.pid)) signalTree(child, 'SIGKILL')
}

/** The order of disturbances: those that every storage has are rarer where there are others, since each of them waits for an engine to start. */
function turnsOf({ disturbances }: Site): readonly string[] {
  const [common, own] = [true, false].map(isCommon =>
    Object.keys(disturbances).filter(name => name.startsWith('engine ') === isCommon),
  ) as [string[], string[]]
  return own.length < common.length ? [...common, ...own] : common.flatMap(name => [name, ...own])
}

/** The last commit that changed the engine, which the driver is no part of. */
function engineCommit(): string {
  const git = (...words: readonly string[]) =>
    execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).trim()
  const commit = git('log', '-1', '--format=%h', '--abbrev=10', '--', 'engine', 'shared')
  return git('status', '--porcelain', '--', 'engine', 'shared') === ''
    ? commit
    : `${commit}, changed`
}
