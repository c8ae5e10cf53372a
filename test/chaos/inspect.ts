import { setTimeout as delay } from 'node:timers/promises'
import type { Node } from '../system/cluster/cluster.ts'
import { asked, type Outcome } from './asked.ts'
import { judgePassword, judgeRevocable, type Password, type Revocable } from './history.ts'
import type { Ledger } from './ledger.ts'
import { redeem, type Target } from './load.ts'
import { readRegister } from './registers.ts'

/** Requests of the inspection at the same time. */
const WIDTH = 16
/** Passwords of a round that are kept for later rounds, unused and used ones. */
const KEPT = 4
/** Attempts at a request that gets no answer, and milliseconds between them. */
const [ATTEMPTS, PAUSE] = [50, 100]

/** Looks at everything that was acknowledged, at every node, and notes in the ledger what is not so. */
export async function inspect(target: Target): Promise<void> {
  const { ledger } = target
  const untouched = ledger.passwords.filter(
    ({ attempts, revocation }) => attempts.length === 0 && !revocation,
  )
  const kept = new Set(untouched.slice(0, KEPT))
  // some of earlier rounds take their place
  const due = ledger.unused.length > KEPT * 2 ? ledger.unused.splice(0, KEPT) : []
  const passwords = [...ledger.passwords.filter(each => !kept.has(each)), ...due, ...ledger.used]
  await all(passwords, each => inspectPassword(each, target))
  await all(ledger.revocables, each => inspectRevocable(each, target))
  await all(ledger.registers, async register => {
    for (const node of target.nodes)
      await answered(() => readRegister(register, node, ledger), ledger, register.path)
  })
  const open = ledger.registers.filter(({ pending }) => pending.length > 0)
  for (const register of open) ledger.registers.splice(ledger.registers.indexOf(register), 1)
  ledger.unused.push(...kept)
  ledger.used.push(...ledger.passwords.filter(each => !kept.has(each)).slice(0, KEPT))
}

/** Presents it at one node, then at the next: at most one may redeem it in all of its life. */
async function inspectPassword(password: Password, target: Target): Promise<void> {
  const { ledger, nodes, random } = target
  const first = Math.floor(random() * nodes.length)
  for (const index of [first, first + 1]) {
    const node = nodes[index % nodes.length] as Node
    await answered(() => redeem(password, node, ledger), ledger, password.lease)
  }
  const findings = judgePassword(password, ledger.isTakenBack)
  ledger.find(findings, `password of lease ${password.lease}`)
}

async function inspectRevocable(each: Revocable, { ledger, nodes }: Target): Promise<void> {
  for (const node of nodes) {
    const ask = () => asked(node, 'GET', each.path, undefined, each.token)
    const answer = await answered(ask, ledger, each.path)
    const { outcome, status, body } = answer
    if (outcome === 'done') {
      const isValid = each.token !== undefined || body.data.state === 'valid'
      ledger.find(judgeRevocable(each, isValid), each.path)
    } else if (status === 403 || status === 404) ledger.find(judgeRevocable(each, false), each.path)
    else if (outcome === 'refused') ledger.surprise(answer, each.path)
  }
}

/** Asks until there is an answer; it is a finding if there is none. */
async function answered<T extends { readonly outcome: Outcome }>(
  ask: () => Promise<T>,
  ledger: Ledger,
  about: string,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const answer = await ask()
    if (answer.outcome === 'done' || answer.outcome === 'refused') return answer
    if (tries === ATTEMPTS) {
      ledger.find([{ kind: 'other', what: 'is not answered' }], about)
      return answer
    }
    await delay(PAUSE)
  }
}

async function all<T>(list: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  const queue = list.values()
  const worker = async () => {
    for (const one of queue) await each(one)
  }
  await Promise.all(Array.from({ length: WIDTH }, worker))
}
