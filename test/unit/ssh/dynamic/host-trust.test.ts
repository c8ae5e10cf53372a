import { expect } from 'chai'
import { parsePublicKey } from '../../../../engine/openssh/public-key.ts'
import { checkHostKey, trustIn } from '../../../../engine/ssh/dynamic/host-trust.ts'
import type { DynamicRole } from '../../../../engine/ssh/role/role.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { type Tx, transact } from '../../../../engine/storage/transact.ts'
import type { IpAddress } from '../../../../shared/address.ts'
import { Keygen } from '../../../support/keygen.ts'

describe('A host that is trusted on first use', () => {
  const keygen = new Keygen()
  const { line } = keygen.key('-t', 'ed25519')
  after(() => keygen[Symbol.dispose]())

  const host = { ip: '10.0.0.1' as IpAddress, port: 22 }

  /** What is said to the host when it shows its key. */
  async function said(knownHosts: string): Promise<string | undefined> {
    const store = new MemoryStore()
    const means = { transact: <T>(work: (tx: Tx) => Promise<T>) => transact(store, work) }
    const role = { hostKeys: [], knownHosts, hostKeyPolicy: 'first-use' } as unknown as DynamicRole
    const trust = await means.transact(tx => trustIn(tx, host, { role, key: undefined }))
    return checkHostKey(parsePublicKey(line).blob, { host, trust, means, now: new Date() })
  }

  it('can show a key that nobody has heard of', async () =>
    expect(await said('')).to.equal(undefined))

  it('cannot show a key that is revoked', async () => {
    for (const names of ['10.0.0.1', '*'])
      expect(await said(`@revoked ${names} ${line}`)).to.match(/^the host presents the key/)
  })
})
