import { expect } from 'chai'
import { DEFAULTS } from '../../../simulate/assumptions.ts'
import { layoutsOf, resourcesOf } from '../../../simulate/capacity.ts'
import { costsFrom } from '../../../simulate/costs.ts'

const COSTS = costsFrom()
const named = (name: string, more: object = {}) => {
  const resource = resourcesOf({ ...DEFAULTS, ...more }, COSTS).find(each => each.name === name)
  if (!resource) throw new Error(`there is no resource ${name}`)
  return resource
}

describe('The capacity of a fleet', () => {
  it('has what breaks first at the top', () => {
    const hosts = resourcesOf(DEFAULTS, COSTS).map(each => each.hosts)
    expect(hosts.length).to.be.greaterThan(4)
    expect(hosts).to.deep.equal(hosts.toSorted((a, b) => a - b))
  })

  it('is full with as many hosts as it says', () => {
    for (const { name, hosts } of resourcesOf(DEFAULTS, COSTS))
      expect(named(name, { hosts }).used, name).to.be.closeTo(DEFAULTS.full / 100, 0.001)
  })

  it('grows with nodes, of the processor but not of the database', () => {
    expect(named('CPU of a node', { nodes: 2 }).hosts).to.be.closeTo(
      2 * named('CPU of a node').hosts,
      2,
    )
    expect(named('commits of the database', { nodes: 2 })).to.deep.equal(
      named('commits of the database'),
    )
  })

  it('is of a database that has been measured elsewhere', () => {
    expect(named('commits of the database', { commits: 5000 }).have).to.equal(5000)
  })

  it('takes costs from rows of the bench', () => {
    const { verify, commits, issue } = costsFrom([
      { name: '  verify', amount: 600, cpu: 800 },
      { name: '  PostgreSQL, 32 clients', amount: 400 },
      { name: '  PostgreSQL, 256 clients', amount: 900 },
    ])
    expect({ verify, commits, issue }).to.deep.equal({
      verify: 800,
      commits: 800,
      issue: COSTS.issue,
    })
  })

  it('needs as many nodes in all regions together as in one, but for rounding', () => {
    const [one, each] = layoutsOf(DEFAULTS, COSTS)
    expect((each?.nodes ?? 0) * DEFAULTS.regions).to.be.within(
      one?.nodes ?? 0,
      (one?.nodes ?? 0) + DEFAULTS.regions,
    )
  })
})
