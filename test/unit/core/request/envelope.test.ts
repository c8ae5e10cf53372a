import { expect } from 'chai'
import { failure } from '../../../../engine/core/request/envelope.ts'
import { Conflict } from '../../../../engine/storage/store.ts'

describe('An answer', () => {
  it('that lost every attempt to commit asks to try again', () => {
    expect(failure(new Conflict('core/key'), true)).to.deep.equal({
      status: 503,
      body: { errors: ['others are changing the same thing: try again in a moment'] },
      headers: { 'Retry-After': '1' },
    })
  })
})
