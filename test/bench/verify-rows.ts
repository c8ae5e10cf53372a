import { randomUUID } from 'node:crypto'
import { MemoryStore } from '../../engine/storage/memory.ts'
import { SigningHost } from '../support/signing-host.ts'
import { testEngine } from '../support/test-engine.ts'
import { type Counts, countedStore } from './counted-store.ts'
import type { Row } from './table.ts'

const RUNS = 100
const ADDRESS = '10.1.2.3'

/** Rows of the store, for one verify. */
interface Verify {
  readonly read: number
  /** In the commit, with those that came from the cache. */
  readonly compared: number
  readonly written: number
}

/** What one verify reads and writes, on a node whose cache is warm: asked by anyone, with a nonce, and signed by an enrolled host. */
export async function verifyRows(): Promise<readonly Row[]> {
  const store = countedStore(new MemoryStore())
  const engine = await testEngine({ store })
  const { ask, post, core } = engine
  try {
    await post('ssh/config/verify', { anonymous: 'allow' })
    const role = { key_type: 'otp', default_user: 'u', cidr_list: '10.0.0.0/8' }
    await post('ssh/roles/web', role)
    const { body } = await ask('update', 'ssh/hosts/web-1/enroll')
    const host = new SigningHost('web-1')
    await post('ssh/enroll', host.enrollment(body.data.token), '')

    /** Every password is issued first, so that nothing else is counted. */
    async function counted(signs: boolean, more: () => object): Promise<Verify> {
      const otps: string[] = []
      for (let at = 0; at <= RUNS; at++)
        otps.push((await post('ssh/creds/web', { ip: ADDRESS })).body.data.key)
      const verify = async (otp: string | undefined) => {
        const data = { otp, ...more() }
        const signedBy = signs ? host.sign(data, { now: core.now() }) : undefined
        const hash = { ...(signedBy && { signedBy }) }
        const { status, body } = await ask('update', 'ssh/verify', data, '', hash)
        if (status !== 200)
          throw new Error(`verify was answered with ${status}: ${JSON.stringify(body)}`)
      }
      await verify(otps.pop())
      const before = { ...store.counts }
      for (const otp of otps) await verify(otp)
      const per = (name: keyof Counts) => (store.counts[name] - before[name]) / RUNS
      return {
        read: per('gets') + per('lists'),
        compared: per('compares'),
        written: per('writes'),
      }
    }

    const nonce = () => ({ nonce: randomUUID() })
    const anyone = await counted(false, () => ({}))
    const withNonce = await counted(false, nonce)
    const signed = await counted(true, nonce)
    const rows = (name: string, one: Verify, aim?: string): readonly Row[] =>
      (['read', 'compared', 'written'] as const).map(what => ({
        ...{ name: `${name}, rows ${what}`, amount: one[what], unit: 'rows', aim },
        ratio: one[what] / anyone[what],
      }))
    return [
      ...rows('verify by anyone', anyone),
      ...rows('  with a nonce', withNonce, '<= 1 row more'),
      ...rows('  with a nonce, by a host', signed, '<= 2 rows more'),
    ]
  } finally {
    await core.sealing[Symbol.asyncDispose]()
  }
}
