import { setTimeout as delay } from 'node:timers/promises'
import type { Node } from '../system/cluster/cluster.ts'
import { type Asked, asked } from './asked.ts'
import type { Attempt, Password, Register, Revocable } from './history.ts'
import type { Ledger } from './ledger.ts'
import { newRegister, readRegister, writeRegister } from './registers.ts'

/** Milliseconds at the most between two jobs of a client: what serves must leave the processor to what starts again. */
const PAUSE = 100

/** Each as often as its share. */
const JOBS = [
  ...Array<'password'>(5).fill('password'),
  ...Array<'register'>(2).fill('register'),
  ...Array<'certificate'>(2).fill('certificate'),
  'token' as const,
]

/** What a client may do with a password that it was given. */
const FATES = ['unused', 'unused', 'once', 'once', 'twice at once', 'revoked'] as const

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJyd1Mb2AAL8oXvEeqYpQ2sE1FJcUZqzqgTtHDYPzqKD'

/** What the clients of a load work on. */
export interface Target {
  readonly nodes: readonly Node[]
  readonly ledger: Ledger
  /** From 0 to below 1. */
  readonly random: () => number
}

/** Clients that issue, use, revoke, write and read, each at any node, until they are stopped. */
export class Load {
  readonly #target: Target
  #stopped = false
  readonly #clients: readonly Promise<void>[]

  constructor(target: Target, clients: number) {
    this.#target = target
    this.#clients = Array.from({ length: clients }, (_, index) => this.#client(index))
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#clients)
  }

  async #client(index: number): Promise<void> {
    const { ledger } = this.#target
    let register = newRegister(ledger, index)
    for (let value = 1; !this.#stopped; value++) {
      const job = this.#pick(JOBS)
      if (register.pending.length > 0) register = newRegister(ledger, index)
      await (job === 'register'
        ? this.#write(register, this.#target.random() < 0.1 ? 0 : value)
        : job === 'certificate'
          ? this.#certificate()
          : job === 'token'
            ? this.#token()
            : this.#password())
      await delay(this.#target.random() * PAUSE)
    }
  }

  async #password(): Promise<void> {
    const { ledger } = this.#target
    const password = await issue(this.#node(), ledger)
    if (!password) return
    const fate = this.#pick(FATES)
    if (fate === 'once') await redeem(password, this.#node(), ledger)
    else if (fate === 'twice at once')
      await Promise.all([1, 2].map(() => redeem(password, this.#node(), ledger)))
    else if (fate === 'revoked')
      password.revocation = await this.#change('sys/leases/revoke', { lease_id: password.lease })
  }

  async #write(register: Register, value: number): Promise<void> {
    const { ledger } = this.#target
    await writeRegister([register, value], this.#node(), ledger)
    await readRegister(register, this.#node(), ledger)
  }

  async #certificate(): Promise<void> {
    const data = { public_key: KEY, valid_principals: 'ubuntu' }
    const signed = await this.#made('ssh/sign/ops', data)
    if (!signed) return
    const { serial_number: serial } = signed.body.data
    await this.#use({ path: `ssh/certs/${serial}` }, ['ssh/revoke', { serial_number: serial }])
  }

  async #token(): Promise<void> {
    const made = await this.#made('auth/token/create', { policies: ['default'], ttl: '1h' })
    if (!made) return
    const token = made.body.auth.client_token
    await this.#use({ path: 'auth/token/lookup-self', token }, ['auth/token/revoke', { token }])
  }

  /** Creates something; `undefined` if that was not answered with success. */
  async #made(path: string, data: object): Promise<Asked | undefined> {
    const { ledger } = this.#target
    const answer = await asked(this.#node(), 'POST', path, data)
    ledger.count(answer)
    if (answer.outcome === 'refused') ledger.surprise(answer, path)
    return answer.outcome === 'done' ? answer : undefined
  }

  /** Remembers what was made; every third is revoked. */
  async #use(made: Revocable, revocation: readonly [path: string, data: object]): Promise<void> {
    this.#target.ledger.revocables.push(made)
    if (this.#target.random() < 0.3) made.revocation = await this.#change(...revocation)
  }

  async #change(path: string, data: object): Promise<Attempt> {
    const { ledger } = this.#target
    const attempt = ledger.begin()
    const answer = await asked(this.#node(), 'POST', path, data)
    ledger.end(attempt, answer)
    if (answer.outcome === 'refused') ledger.surprise(answer, path)
    return attempt
  }

  #node = (): Node => this.#pick(this.#target.nodes)

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#target.random() * list.length)] as T
  }
}

/** Has a password issued; `undefined` if that was not answered with success. */
export async function issue(node: Node, ledger: Ledger): Promise<Password | undefined> {
  const answer = await asked(node, 'POST', 'ssh/creds/web', { ip: '10.1.2.3' })
  ledger.count(answer)
  if (answer.outcome === 'refused') ledger.surprise(answer, 'ssh/creds/web')
  if (answer.outcome !== 'done') return undefined
  const { data, lease_id: lease } = answer.body
  const password: Password = { otp: data.key, lease, attempts: [] }
  ledger.passwords.push(password)
  return password
}

/** Presents a password once. */
export async function redeem(password: Password, node: Node, ledger: Ledger): Promise<Attempt> {
  const attempt = ledger.begin()
  password.attempts.push(attempt)
  const answer = await asked(node, 'POST', 'ssh/verify', { otp: password.otp }, '')
  ledger.end(attempt, answer)
  const isUsedUp = answer.status === 400 && answer.body?.errors?.[0] === 'OTP not found'
  if (answer.outcome === 'refused' && !isUsedUp) ledger.surprise(answer, 'ssh/verify')
  return attempt
}
