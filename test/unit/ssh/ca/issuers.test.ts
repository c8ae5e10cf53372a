import { expect } from 'chai'
import { exportPrivateKey, generatePrivateKey } from '../../../../engine/openssh/private-key.ts'
import {
  type Issuer,
  makeDefault,
  putIssuer,
  requireIssuer,
  signingKey,
} from '../../../../engine/ssh/ca/issuers.ts'
import { Barrier } from '../../../../engine/storage/barrier.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import type { Store } from '../../../../engine/storage/store.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { openBarrier } from '../../../support/barrier.ts'

/** Two nodes with one store, which has an active issuer. */
async function nodes() {
  const { barrier: one, inner, rootKey } = await openBarrier(new MemoryStore())
  const other = new Barrier(inner)
  await other.unseal(rootKey)
  const issuer = await newIssuer()
  await transact(one, tx => makeDefault(tx, issuer))
  return { one, other, rootKey, issuer }
}

async function newIssuer(): Promise<Issuer> {
  const key = await generatePrivateKey({ family: 'ed25519' }, '')
  const privateKey = exportPrivateKey(key)
  return { id: 'a', name: '', privateKey, publicKey: '', state: 'staged', createdAt: 0 }
}

/** The key with which a request would sign. */
const keyNow = (store: Store) =>
  transact(
    store,
    async tx => {
      const key = signingKey(await requireIssuer(tx, 'default'))
      tx.put('certificate', new Uint8Array())
      return key
    },
    { cachedReads: true },
  )

describe('signingKey', () => {
  it('is parsed once', async () => {
    const { one } = await nodes()
    expect(await keyNow(one)).to.equal(await keyNow(one))
  })

  it('is that of the record that another node has written', async () => {
    const { one, other, issuer } = await nodes()
    const before = await keyNow(one)
    const { privateKey } = await newIssuer()
    await transact(other, async tx => putIssuer(tx, { ...issuer, privateKey }))
    const after = await keyNow(one)
    expect(exportPrivateKey(after)).to.equal(privateKey)
    expect(exportPrivateKey(before)).to.equal(issuer.privateKey)
  })

  it('is refused once another node has revoked the issuer', async () => {
    const { one, other, issuer } = await nodes()
    await keyNow(one)
    await transact(other, async tx => putIssuer(tx, { ...issuer, state: 'revoked' }))
    const error = await keyNow(one).catch(reason => reason)
    expect(error.message).to.equal('issuer "a" is revoked')
  })

  it('is not kept over a seal', async () => {
    const { one, rootKey } = await nodes()
    const before = await keyNow(one)
    one.seal()
    await one.unseal(rootKey)
    expect(await keyNow(one)).not.to.equal(before)
  })
})
