import { expect } from 'chai'
import type { Endpoint } from '../../../engine/api/endpoint.ts'
import type { Core } from '../../../engine/core/core.ts'
import { engines } from '../../../engine/engines.ts'
import { HostSessions } from '../../../engine/ssh/dynamic/host-sessions.ts'
import type { Tx } from '../../../engine/storage/transact.ts'
import { Secret } from '../../../shared/secret.ts'
import { testEngine } from '../../support/test-engine.ts'

/** An empty store that notes what is looked for in it, and what is written. */
class Looking implements Tx {
  readonly keys: string[] = []
  readonly values: string[] = []
  async get(key: string) {
    this.keys.push(key)
    return undefined
  }
  getCached(key: string) {
    return this.get(key)
  }
  async list(prefix: string) {
    this.keys.push(prefix)
    return []
  }
  put(key: string, value: Uint8Array) {
    this.keys.push(key)
    this.values.push(Buffer.from(value).toString())
  }
  delete(key: string) {
    this.keys.push(key)
  }
  getWritten(key: string) {
    return this.get(key)
  }
  putCached(key: string, value: Uint8Array) {
    this.put(key, value)
  }
  hasWritten() {
    return false
  }

  under() {
    return this
  }
}

/** What stands in paths: the same name in two ways, and another. */
const SPELLED = ['aName', 'AnAME', 'other']

describe('An endpoint whose path names a thing', () => {
  /** What is looked for when every `:name` of the path is this one. */
  async function looked(core: Core, endpoint: Endpoint, name: string) {
    const names = Object.fromEntries(
      [...endpoint.path.matchAll(/:(\w+)/g)].map(([, key = '']) => [key, name]),
    )
    const tx = new Looking()
    const mount = { ...core.mounts.view(core.mounts.all[0]!), salt: 'salt' }
    const caller = { token: 'token', secret: new Secret('root'), policies: ['root'] }
    for (const operation of ['read', 'update', 'delete'] as const)
      await endpoint
        .call(operation, {}, names, {
          ...{ tx, mount, now: core.now(), path: '', sent: {}, address: '', requestId: '' },
          leaseId: '',
          caller: caller as never,
        })
        .catch(() => {})
    const given = { tx, mount, now: core.now(), caller: undefined }
    await endpoint.exists?.(names, given).catch(() => false)
    const steady = (texts: readonly string[]) =>
      JSON.stringify(texts).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'random')
    return { keys: steady(tx.keys), values: steady(tx.values) }
  }

  let folding: string[]
  let declared: string[]
  let tried: number
  before(async () => {
    ;[folding, declared, tried] = [[], [], 0]
    const { core } = await testEngine()
    for (const { type, endpoints } of engines(core, new HostSessions()))
      for (const endpoint of endpoints.filter(
        ({ path, access }) => path.includes(':') && access !== 'public',
      )) {
        const [one, same, other] = await Promise.all(
          SPELLED.map(each => looked(core, endpoint, each)),
        )
        const name = `${type} ${endpoint.path}`
        if (endpoint.anyCase) declared.push(name)
        for (const part of ['keys', 'values'] as const) {
          if (one![part] === other![part]) continue
          tried++
          if (one![part] === same![part]) folding.push(name)
        }
      }
  })

  it('says so where it is the same in any case of its letters', () => {
    expect(folding.filter(each => !declared.includes(each))).to.deep.equal([])
    expect(folding).to.include('system config/auditing/request-headers/:header')
    expect(tried).to.be.greaterThan(40)
  })
})
