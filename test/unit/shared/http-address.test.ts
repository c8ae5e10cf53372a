import { expect } from 'chai'
import { parseHttpAddress } from '../../../shared/http-address.ts'
import { Invalid } from '../../../shared/invalid.ts'

describe('The address of a server', () => {
  it('is a URL of HTTP', () => {
    expect(parseHttpAddress('https://engine.example.com:8200/base').href).to.equal(
      'https://engine.example.com:8200/base',
    )
    expect(() => parseHttpAddress('ftp://engine')).to.throw(
      Invalid,
      '"ftp://engine" is not a URL such as https://engine.example.com:8200',
    )
  })

  for (const text of [
    'http://ann:hunter2@engine',
    'http://hunter2@engine',
    'https:ann:hunter2@engine',
    'ftp://ann:hunter2@engine',
    'ann:hunter2@engine:8200',
    'http://ann:hunter2@[',
  ])
    it(`holds no password, and does not show it: ${text}`, () => {
      expect(() => parseHttpAddress(text))
        .to.throw(Invalid, 'an address must not contain a user or a password')
        .with.property('message')
        .not.include('hunter2')
    })
})
