import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { until } from '../../support/until.ts'
import type { Answer, Node } from './cluster.ts'

/** What became of one password. */
interface Fate {
  readonly otp: string
  /** Of the attempts to redeem it; 0 where no answer came. */
  readonly redeemed: number[]
  /** Of the attempt to revoke it; 0 where no answer came. */
  revoked?: number
}

/** Concurrent attempts while all passwords are tried again. */
const JUDGES = 16

/** Passwords that are redeemed by a load that is well under way. */
const ENOUGH = 10

/** Milliseconds that a client waits after a refusal. */
const AFTER_REFUSAL = 10

/**
 * Clients of some engines, which issue passwords and redeem or revoke most of them, each by another engine, and create and revoke tokens. It
 * keeps what was answered, to compare it with what is true at the end.
 */
export class Load {
  readonly #nodes: readonly Node[]
  readonly #fates: Fate[] = []
  readonly #revokedTokens: string[] = []
  readonly #statuses = new Map<number, { count: number; slowest: number }>()
  readonly #enough = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes
  }

  /** Begins, with so many clients, and goes on until {@link end}. */
  begin(clients = 16): void {
    this.#running = Promise.all(Array.from({ length: clients }, (_, index) => this.#client(index)))
  }

  /** Waits until it is well under way. */
  async works(): Promise<void> {
    const before = this.redeemed
    await until(
      () => this.redeemed > before + ENOUGH,
      () => this.sum,
    )
  }

  /** Has each client finish its turn, and waits for that. */
  async end(): Promise<void> {
    this.stop()
    await this.#running
  }

  /** Has each client finish its turn. */
  stop(): void {
    this.#enough.abort()
  }

  /** How many attempts to redeem a password succeeded. */
  get redeemed(): number {
    return this.#fates.filter(({ redeemed }) => redeemed.includes(200)).length
  }

  /** All statuses that were answered; 0 if an answer did not come. */
  get statuses(): readonly number[] {
    return [...this.#statuses.keys()]
  }

  /** The load in one line, with the slowest answer of each status. */
  get sum(): string {
    const counts = [...this.#statuses]
      .toSorted(([one], [other]) => one - other)
      .map(([code, { count, slowest }]) => `${count} of ${code} in ${Math.round(slowest)} ms`)
    return `${this.#fates.length} issued, ${this.redeemed} redeemed, ${this.#revokedTokens.length} tokens revoked; answers: ${counts.join(', ')}`
  }

  /**
   * Tries all passwords and tokens again: what was redeemed or revoked is used up, what was issued and never presented is good, once.
   * @throws if anything that was answered is not true
   */
  async judge(): Promise<void> {
    const fates = this.#fates.values()
    const tokens = this.#revokedTokens.values()
    const judges = Array.from({ length: JUDGES }, async () => {
      for (const fate of fates) await this.#judge(fate)
      for (const token of tokens) {
        const lookUp = () => this.#node(0).ask('GET', 'auth/token/lookup-self', undefined, token)
        expect((await decided(lookUp)).code).to.equal(403)
      }
    })
    await Promise.all(judges)
  }

  async #judge({ otp, redeemed, revoked }: Fate): Promise<void> {
    const again: number[] = []
    let isSure = true
    for (const node of this.#nodes) {
      const { code, isFirst } = await decided(() => node.verify(otp))
      again.push(code)
      isSure &&= isFirst
    }
    const told = JSON.stringify({ redeemed, revoked, again })
    const times = [...redeemed, ...again].filter(each => each === 200).length
    expect(times, told).to.be.at.most(1)
    // refused for no reason but another attempt, which may have had no answer
    if (redeemed.includes(400))
      expect(
        redeemed.some(each => each !== 400),
        told,
      ).to.equal(true)
    const isUsedUp = redeemed.includes(200) || revoked === 204
    if (isUsedUp) expect(again[0], told).to.equal(400)
    else if (redeemed.length === 0 && revoked === undefined && isSure)
      expect(again[0], told).to.equal(200)
    // nobody was told what became of it: it may be used up, but it is not good twice
    expect(again.slice(1), told).to.deep.equal(again.slice(1).map(() => 400))
  }

  async #client(index: number): Promise<void> {
    for (let turn = index; !this.#enough.signal.aborted; turn++) {
      const [from, to] = [this.#node(turn), this.#node(turn + 1)]
      if (turn % 10 === 0) await this.#token(from, to)
      const { status: issued, body } = await this.#ask(
        from.ask('POST', 'ssh/creds/web', { ip: '10.1.2.3' }),
      )
      if (issued === 200) await this.#use({ otp: body.data.key, redeemed: [] }, body.lease_id, to)
      else await setTimeout(AFTER_REFUSAL)
    }
  }

  async #use(fate: Fate, lease: string, node: Node): Promise<void> {
    const number = this.#fates.push(fate)
    // some stay unused, to be redeemed when all is over
    if (number % 4 === 0) return
    if (number % 10 === 1) {
      const answer = await this.#ask(node.ask('POST', 'sys/leases/revoke', { lease_id: lease }))
      fate.revoked = answer.status
      return
    }
    const nodes = number % 5 === 2 ? this.#nodes : [node]
    const answers = await Promise.all(nodes.map(each => this.#ask(each.verify(fate.otp))))
    fate.redeemed.push(...answers.map(each => each.status))
  }

  /** Creates a token by one engine, and revokes it by another. */
  async #token(from: Node, to: Node): Promise<void> {
    const created = await this.#ask(from.ask('POST', 'auth/token/create', {}))
    if (created.status !== 200) return
    const token = created.body.auth.client_token
    const { status: revoked } = await this.#ask(to.ask('POST', 'auth/token/revoke', { token }))
    if (revoked === 204) this.#revokedTokens.push(token)
  }

  async #ask(asked: Promise<Answer>): Promise<Answer> {
    const begun = performance.now()
    const answer = await asked.catch(() => ({ status: 0, body: undefined }))
    const { count, slowest } = this.#statuses.get(answer.status) ?? { count: 0, slowest: 0 }
    const took = performance.now() - begun
    this.#statuses.set(answer.status, { count: count + 1, slowest: Math.max(slowest, took) })
    return answer
  }

  #node(index: number): Node {
    const node = this.#nodes[index % this.#nodes.length]
    if (!node) throw new Error('there are no nodes')
    return node
  }
}

/** Asks until the database was there for the answer. Gives its status, and whether it was the first: one before may have done what it was to do. */
async function decided(ask: () => Promise<Answer>) {
  for (let tries = 0; ; tries++) {
    const code = await ask().then(
      answer => answer.status,
      () => 0,
    )
    if (![0, 503].includes(code) || tries === 50) return { code, isFirst: tries === 0 }
    await setTimeout(100)
  }
}
