import { expect } from 'chai'
import { RememberedReplyKeys } from '../../../../engine/ssh/otp/remembered-reply-keys.ts'
import type { ReplyKey } from '../../../../engine/ssh/otp/reply-keys.ts'

const KEY = { id: 'k' } as ReplyKey

describe('The keys of replies that are remembered', () => {
  let now: number
  let keys: RememberedReplyKeys
  beforeEach(() => {
    now = 1000
    keys = new RememberedReplyKeys(() => now)
  })

  it('are those of each mount', () => {
    keys.put('one', KEY)
    keys.put('two', undefined)
    expect(keys.get('one')).to.deep.equal({ key: KEY, at: 1000 })
    expect(keys.get('two')).to.deep.equal({ key: undefined, at: 1000 })
    expect(keys.get('three')).to.equal(undefined)
  })

  it('are looked up again after a minute', () => {
    keys.put('one', KEY)
    now += 59_999
    expect(keys.get('one')?.key).to.equal(KEY)
    now += 1
    expect(keys.get('one')).to.equal(undefined)
    // forgotten, even if the clock went back
    now -= 1
    expect(keys.get('one')).to.equal(undefined)
  })

  it('are forgotten when the engine is sealed', () => {
    keys.put('one', KEY)
    keys.clear()
    expect(keys.get('one')).to.equal(undefined)
  })
})
