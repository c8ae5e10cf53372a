import type { Node } from '../system/cluster/cluster.ts'
import { type Asked, asked } from './asked.ts'
import { judgeRegister, type Register } from './history.ts'
import type { Ledger } from './ledger.ts'

/** What holds a number, in a field that the engine gives back. */
interface Form {
  readonly folder: string
  data(value: number): object
  // biome-ignore lint/suspicious/noExplicitAny: replies of every shape
  value(data: any): number
}

const FORMS: readonly Form[] = [
  {
    folder: 'ssh/roles',
    data: value => ({ key_type: 'otp', default_user: `u${value}`, cidr_list: '10.0.0.0/8' }),
    value: ({ default_user: user }) => Number(user.slice(1)),
  },
  {
    folder: 'sys/policies/acl',
    data: value => ({ policy: `path "secret/${value}" { capabilities = ["read"] }` }),
    value: ({ policy }) => Number(/secret\/(\d+)/.exec(policy)?.[1]),
  },
]

const formOf = ({ path }: Register): Form => {
  const form = FORMS.find(({ folder }) => path.startsWith(`${folder}/`))
  if (!form) throw new Error(`${path} is no register`)
  return form
}

let made = 0

/** A register that nobody else writes. @param kind chooses a role or a policy */
export function newRegister(ledger: Ledger, kind: number): Register {
  const { folder } = FORMS[kind % FORMS.length] as Form
  const register: Register = { path: `${folder}/chaos-${++made}`, acknowledged: 0, pending: [] }
  ledger.registers.push(register)
  return register
}

/** Writes the next number, or deletes it. After a write without an answer nothing more may be written to it. */
export async function writeRegister(
  [register, value]: readonly [Register, number],
  node: Node,
  ledger: Ledger,
): Promise<void> {
  const { path } = register
  register.pending.push(value)
  const answer = await (value === 0
    ? asked(node, 'DELETE', path)
    : asked(node, 'POST', path, formOf(register).data(value)))
  ledger.count(answer)
  if (answer.outcome === 'refused') ledger.surprise(answer, path)
  if (answer.outcome === 'unknown') return
  register.pending.pop()
  if (answer.outcome === 'done') register.acknowledged = value
}

/** Reads it at a node, and judges what is read. A reply that did not come is not judged. */
export async function readRegister(register: Register, node: Node, ledger: Ledger): Promise<Asked> {
  const { path } = register
  const answer = await asked(node, 'GET', path)
  if (answer.status === 404 || answer.outcome === 'done') {
    const value = answer.status === 404 ? 0 : formOf(register).value(answer.body.data)
    ledger.find(judgeRegister(register, value), path)
  } else if (answer.outcome === 'refused') ledger.surprise(answer, path)
  return answer
}
