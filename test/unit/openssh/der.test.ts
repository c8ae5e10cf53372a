import { expect } from 'chai'
import { DerReader } from '../../../engine/openssh/der.ts'
import { Invalid } from '../../../shared/invalid.ts'

const der = (hex: string) => new DerReader(Buffer.from(hex, 'hex'))

describe('A reader of DER', () => {
  it('reads numbers', () => {
    expect(der('020100').integer()).to.equal(0)
    expect(der('02020080').integer()).to.equal(128)
    expect(der('0204ffffffff'.replace('0204', '020500')).integer()).to.equal(0xffffffff)
    expect(der('0209007fffffffffffffff').integer()).to.equal(Number.POSITIVE_INFINITY)
  })

  it('reads object identifiers', () => {
    expect(der('06092a864886f70d01050d').objectId()).to.equal('1.2.840.113549.1.5.13')
    expect(der('06092b06010401da47040b').objectId()).to.equal('1.3.6.1.4.1.11591.4.11')
    expect(der('0603883703').objectId()).to.equal('2.999.3')
  })

  for (const hex of [
    '',
    '02',
    '0201',
    '020180',
    '0200',
    '0303000001',
    '0280000000',
    '028400000001',
  ])
    it(`refuses ${hex || 'nothing'} as a number`, () =>
      expect(() => der(hex).integer()).to.throw(Invalid))
})
