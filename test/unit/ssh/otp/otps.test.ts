import { expect } from 'chai'
import {
  findByLease,
  isIssuedTo,
  leaseIdFor,
  type Otp,
  otps,
} from '../../../../engine/ssh/otp/otps.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { transact } from '../../../../engine/storage/transact.ts'

const ID = 'a'.repeat(23) + 'b'.repeat(41)
const LEASE = leaseIdFor('ssh/creds/web', ID)

const OTP: Otp = {
  ...{ role: 'web', username: 'u', ip: '10.0.0.5', lease: LEASE, misses: 0, expiresAt: 1 },
}

describe('A one-time password', () => {
  async function stored() {
    const store = new MemoryStore()
    await transact(store, async tx => otps.put(tx, ID, OTP))
    return store
  }

  it('is stored under its hash, where earlier versions look for it', async () => {
    expect(await (await stored()).list('otp/')).to.deep.equal([ID])
  })

  it('has a lease whose id ends in the first 24 characters of the hash', () => {
    expect(LEASE).to.equal(`ssh/creds/web/${'a'.repeat(23)}b`)
  })

  it('is found by its whole lease id alone', async () => {
    const store = await stored()
    const find = (lease: string) => transact(store, tx => findByLease(tx, lease))
    expect(await find(LEASE)).to.deep.equal({ id: ID, otp: OTP })
    for (const other of [
      '',
      'a'.repeat(24),
      LEASE.slice(0, -1),
      `${LEASE}b`,
      `x${LEASE}`,
      leaseIdFor('ssh/creds/web', 'a'.repeat(64)),
      leaseIdFor('ssh/creds/web', 'f'.repeat(64)),
    ])
      expect([other, await find(other)]).to.deep.equal([other, undefined])
  })

  it('was issued to a token, and to the entity of that token if it had one', () => {
    const caller = (token: string, entity?: string) =>
      ({ token, entity }) as NonNullable<Parameters<typeof isIssuedTo>[1]>
    const bare: Otp = { ...OTP, issuer: { token: 'one' } }
    const owned: Otp = { ...OTP, issuer: { token: 'one', entity: 'ann' } }
    for (const [otp, by, expected] of [
      [bare, caller('one'), true],
      [bare, caller('one', 'bob'), true],
      [bare, caller('two'), false],
      [bare, caller('two', 'ann'), false],
      [owned, caller('two', 'ann'), true],
      [owned, caller('two', 'bob'), false],
      [owned, caller('two'), false],
      [owned, undefined, false],
      [OTP, caller('one'), false],
      [OTP, undefined, false],
    ] as const)
      expect(isIssuedTo(otp, by)).to.equal(expected)
  })
})
