import { expect } from 'chai'
import { isPassword } from '../../../engine/auth/password-hash.ts'
import { Secret } from '../../../shared/secret.ts'

describe('Waiting for a password to be looked at', () => {
  it('is for no source alone', async () => {
    const begin = () => {
      throw new Error('its turn has come')
    }
    const from = (source: string) => isPassword(new Secret('x'), undefined, { source, begin })
    const sources = [...Array<string>(34).fill('192.0.2.1'), '192.0.2.2']
    const ends = (await Promise.allSettled(sources.map(from))).map(
      end => end.status === 'rejected' && end.reason.message,
    )
    expect(ends.slice(0, 32)).to.deep.equal(Array(32).fill('its turn has come'))
    expect(ends.slice(32)).to.deep.equal([
      'too many logins at the same time: try again in a moment',
      'too many logins at the same time: try again in a moment',
      'its turn has come',
    ])
  })
})
