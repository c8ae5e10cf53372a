import { expect } from 'chai'
import { presentedSecret } from '../../../../engine/ssh/otp/presented-secret.ts'
import { requireReplyKeys } from '../../../../engine/ssh/otp/reply-keys.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { parsePublicKey } from '../../../../shared/ed25519.ts'
import { sealSecret } from '../../../../shared/sealed-secret.ts'
import { Secret } from '../../../../shared/secret.ts'

const NONCE = 'n'.repeat(32)

/** Keys of a mount, and an encryption of the password `right` for them. */
async function keyed() {
  const keys = await transact(new MemoryStore(), tx => requireReplyKeys({ tx, now: new Date() }))
  const key = parsePublicKey(keys.keys[0]!.publicKey)
  const sealedFor = (mount: string, kind: 'otp' | 'token' = 'otp') => ({
    [key.id]: sealSecret(new Secret('right'), key, { kind, mount, nonce: NONCE }),
  })
  const presented = (sealed: Readonly<Record<string, string>> | undefined, changes: object = {}) =>
    presentedSecret({ kind: 'otp', plain: 'plain', nonce: NONCE, sealed, ...changes }, keys, {
      path: 'ssh/prod/',
    })?.reveal()
  return { key, sealedFor, presented }
}

describe('The password of a request', () => {
  it('is the plain one where none is encrypted', async () => {
    const { presented } = await keyed()
    expect(presented(undefined)).to.equal('plain')
    expect(presented(undefined, { nonce: undefined })).to.equal('plain')
  })

  it('is the encrypted one for this mount, kind and nonce, whatever the plain one is', async () => {
    const { sealedFor, presented } = await keyed()
    const sealed = sealedFor('ssh/prod')
    expect(presented(sealed)).to.equal('right')
    expect(presented({ ...sealed, other: 'x' })).to.equal('right')
    for (const changes of [{ kind: 'token' }, { nonce: 'other' }, { nonce: undefined }])
      expect(presented(sealed, changes)).to.equal(undefined)
    for (const other of [sealedFor('sshprod'), sealedFor('ssh'), sealedFor('ssh/prod', 'token')])
      expect(presented(other)).to.equal(undefined)
  })

  it('is none where it is encrypted for no key of the mount, or there are none', async () => {
    const { key, sealedFor, presented } = await keyed()
    const sealed = sealedFor('ssh/prod')
    for (const wrong of [{}, { other: sealed[key.id]! }, Object.create(sealed)])
      expect(presented(wrong)).to.equal(undefined)
    const given = { kind: 'otp', plain: 'plain', nonce: NONCE, sealed } as const
    expect(presentedSecret(given, undefined, { path: 'ssh/prod/' })).to.equal(undefined)
  })
})
