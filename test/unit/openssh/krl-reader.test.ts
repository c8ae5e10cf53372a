import { expect } from 'chai'
import { encodeKrl } from '../../../engine/openssh/krl.ts'
import { summarizeKrl } from '../../../engine/openssh/krl-reader.ts'
import { WireWriter } from '../../../engine/openssh/wire.ts'

const EMPTY = {
  version: 7n,
  generatedAt: 1000,
  serials: [],
  keyIds: [],
  keys: [],
  fingerprints: [],
}

describe('a key revocation list that is read', () => {
  it('says how much it revokes', () => {
    const bytes = encodeKrl({
      ...EMPTY,
      serials: [
        { authority: Buffer.from('one'), serials: [1n, 2n, 3n, 4n, 9n] },
        { authority: Buffer.from('two'), serials: [2n ** 64n - 1n] },
      ],
      keyIds: ['ann', 'bob'],
      keys: [Buffer.from('ca')],
      fingerprints: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)],
    })
    expect(summarizeKrl(bytes)).to.deep.equal({
      ...{ version: 7n, generatedAt: 1000 },
      ...{ serials: 6n, keyIds: 2, keys: 1, fingerprints: 2 },
    })
    expect(summarizeKrl(encodeKrl(EMPTY))).to.include({ serials: 0n, keyIds: 0 })
  })

  it('may have a bitmap, as those of ssh-keygen have', () => {
    const bitmap = new WireWriter()
      .uint64(5n)
      .string(Buffer.from([0x01, 0x81]))
      .bytes()
    const inner = new WireWriter()
      .string('')
      .string('')
      .raw(new WireWriter().byte(0x22).string(bitmap).bytes())
    const section = new WireWriter().byte(1).string(inner.bytes()).bytes()
    expect(summarizeKrl(Buffer.concat([encodeKrl(EMPTY), section])).serials).to.equal(3n)
  })

  it('is refused where it is none, or cut short', () => {
    const bytes = encodeKrl({ ...EMPTY, keyIds: ['ann'] })
    for (const wrong of [Buffer.from('no list'), Buffer.alloc(60), bytes.subarray(0, -1)])
      expect(() => summarizeKrl(wrong)).to.throw(/no key revocation list|cut short/)
  })
})
