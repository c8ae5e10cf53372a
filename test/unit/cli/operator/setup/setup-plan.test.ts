import { expect } from 'chai'
import { permittedBy, readPlan } from '../../../../../engine/cli/operator/setup/setup-plan.ts'

const SELF = ['/usr/bin/postern']

describe('The plan of a set-up', () => {
  it('takes the first name for the URL, and the machine itself besides', () => {
    const plan = readPlan({ name: ['Engine.example.com', '10.0.0.9'] }, SELF, undefined)
    expect(plan).to.deep.include({
      apiAddress: 'https://engine.example.com:8200',
      names: ['engine.example.com', 'localhost'],
      addresses: ['10.0.0.9', '127.0.0.1', '::1'],
      listen: '0.0.0.0:8200',
    })
    const bare = readPlan({ name: ['fd00::1'], listen: '[::]:443' }, SELF, undefined)
    expect(bare.apiAddress).to.equal('https://[fd00::1]:443')
  })

  it('permits the CA these names and addresses, and what is added', () => {
    const flags = { name: ['engine.example.com'], permit: ['example.org', '10.0.0.0/8'] }
    expect(permittedBy(readPlan(flags, SELF, undefined))).to.deep.equal({
      domains: ['engine.example.com', 'localhost', 'example.org'],
      networks: ['127.0.0.1', '::1', '10.0.0.0/8'],
    })
  })

  for (const [why, flags, reason] of [
    ['a name with a blank', { name: ['a b'] }, /"a b" is neither a host name nor an IP address/],
    ['a block as a name', { name: ['10.0.0.0/8'] }, /is neither a host name/],
    ['a wide prefix', { permit: ['10.0.0.0/33'] }, /is neither a domain nor a block/],
    ['a certificate alone', { 'tls-cert': '/a' }, /belong together/],
    [
      'relative paths',
      { 'tls-cert': 'a', 'tls-key': 'b', 'tls-ca': 'c' },
      /must be absolute paths/,
    ],
  ] as const)
    it(`refuses ${why}`, () => {
      expect(() => readPlan(flags, SELF, undefined)).to.throw(reason)
    })

  it('is that of the earlier runs, and refuses another', () => {
    const first = readPlan({ name: ['engine.example.com'], listen: '[::]:443' }, SELF, undefined)
    expect(readPlan({}, SELF, first)).to.deep.include({
      apiAddress: 'https://engine.example.com:443',
      listen: '[::]:443',
    })
    const other = { name: ['other.example.com'], listen: '[::]:443' }
    expect(() => readPlan(other, SELF, first)).to.throw(
      /has been set up, or is being set up, as https:\/\/engine\.example\.com:443/,
    )
  })
})
