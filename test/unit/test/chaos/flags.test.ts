import { expect } from 'chai'
import { readFlags } from '../../../chaos/flags.ts'

describe('The flags of npm run chaos', () => {
  it('have defaults, but for how many disturbances', () => {
    const { seed, ...flags } = readFlags(['-kills=20'])
    expect(seed).to.be.within(0, 1e6)
    expect(flags).to.deep.equal({
      kills: 20,
      storages: ['sqlite', 'postgresql', 'standby', 'hosts'],
      sites: 1,
      clients: 12,
      results: undefined,
      write: false,
      help: false,
    })
  })

  it('choose storages, sites, clients, seed and file', () => {
    const words = '-kills 3 --storage=standby,sqlite -sites=2 -clients=4 -seed=7 -results=/tmp/x'
    expect(readFlags(words.split(' '))).to.include({
      kills: 3,
      sites: 2,
      clients: 4,
      seed: 7,
      results: '/tmp/x',
    })
    expect(readFlags(words.split(' ')).storages).to.deep.equal(['sqlite', 'standby'])
  })

  for (const [word, reason] of [
    ['-kills=0', /-kills must be a whole number of at least 1, not "0"/],
    ['-kills=x', /-kills must be/],
    ['-storage=mysql', /-storage must be of sqlite, postgresql, standby, hosts, not "mysql"/],
    ['-kill=2', /-kill=2 is no flag/],
    ['twenty', /twenty is no flag/],
    ['-sites=2', /-kills is missing/],
  ] as const)
    it(`refuse ${word}`, () => {
      expect(() => readFlags([word])).to.throw(reason)
    })
})
