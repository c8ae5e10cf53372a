import { expect } from 'chai'
import { cases } from '../../../support/cases.ts'
import {
  KEYS,
  MOUNTS,
  NONCES,
  SIGNATURES,
  TIMES,
} from '../../../support/login-matrix/answer-variants.ts'
import {
  ADDRESSES,
  ENVIRONMENTS,
  HOSTS,
  PASSWORDS,
  ROLES,
  USERS,
} from '../../../support/login-matrix/host-variants.ts'
import { type Cell, LoginCells } from '../../../support/login-matrix/login-cells.ts'
import { REPLIES } from '../../../support/login-matrix/reply-variants.ts'
import { rightLogin } from '../../../support/login-matrix/right-login.ts'
import { tlsVariants } from '../../../support/login-matrix/tls-variants.ts'
import type { Variant } from '../../../support/login-matrix/variant.ts'

// signals need a process: test/system/helper/signals.test.ts
describe('The matrix of a login', function () {
  this.timeout(60_000)

  let cells: LoginCells
  let base: Cell
  let axes: Readonly<Record<string, readonly Variant[]>>

  before(async () => {
    cells = new LoginCells()
    const address = await cells.listen()
    base = rightLogin(cells.folder, address)
    axes = {
      ...{ user: USERS, address: ADDRESSES, host: HOSTS, role: ROLES, nonce: NONCES },
      ...{ signature: SIGNATURES, key: KEYS, time: TIMES, mount: MOUNTS },
      ...{ TLS: await tlsVariants(cells, address), reply: REPLIES },
      ...{ environment: ENVIRONMENTS, password: PASSWORDS },
    }
  })
  after(() => cells[Symbol.dispose]())

  /** Runs the logins that differ in all of `variants` from the right one, and gives what is wrong with the outcome. */
  async function objections(combinations: readonly (readonly Variant[])[]): Promise<string[]> {
    const found: string[] = []
    for (const variants of combinations) {
      // what is wrong comes last, so that nothing makes it right
      const changes = [...rights(variants), ...wrongs(variants)]
      const cell = changes.reduce((done, { change }) => change(done), base)
      const outcome = await cells.run(cell)
      const reasons = variants.flatMap(({ reason }) => reason ?? [])
      const isExpected =
        reasons.length === 0 ? outcome === 'allowed' : reasons.some(each => each.test(outcome))
      if (!isExpected) found.push(`${variants.map(({ what }) => what).join(' + ')}: ${outcome}`)
    }
    return found
  }

  /** Every variant of one axis with every one of another. */
  const pairs = (one: Choice, two: Choice) =>
    Object.keys(axes).flatMap((first, at) =>
      Object.keys(axes)
        .slice(at + 1)
        .filter(second => !isOneThing(first, second))
        .flatMap(second => [
          ...product(one(axes[first]!), two(axes[second]!)),
          ...(one === two ? [] : product(one(axes[second]!), two(axes[first]!))),
        ]),
    )

  it('allows the right one', async () => {
    expect(await objections([[]])).to.deep.equal([])
  })

  it('allows what is right in another way, and denies everything else, for its own reason', async () => {
    const all = Object.values(axes).flat()
    expect(all).to.have.length.greaterThan(150)
    expect(await objections(all.map(each => [each]))).to.deep.equal([])
  })

  it('allows what is right in two other ways', async () => {
    expect(await objections(cases(someOf(pairs(rights, rights))))).to.deep.equal([])
  })

  it('denies what is wrong, whatever is right in another way', async () => {
    expect(await objections(cases(someOf(pairs(wrongs, rights))))).to.deep.equal([])
  })

  it('denies two things that are wrong, which never make one that is right', async () => {
    expect(await objections(cases(someOf(pairs(wrongs, wrongs))))).to.deep.equal([])
  })
})

type Choice = (variants: readonly Variant[]) => readonly Variant[]

const product = <T>(one: readonly T[], two: readonly T[]) =>
  one.flatMap(a => two.map(b => [a, b] as const))

/** All of them takes a minute: see test/support/releases.ts. */
const someOf = <T>(all: readonly T[]): readonly T[] =>
  process.env.POSTERN_TEST_LONG ? all : all.filter((_, at) => at % Math.ceil(all.length / 60) === 0)

const rights = (variants: readonly Variant[]) => variants.filter(({ reason }) => !reason)
const wrongs = (variants: readonly Variant[]) => variants.filter(({ reason }) => reason)

/** A password is for an address or for a host. */
const isOneThing = (first: string, second: string) =>
  [first, second].every(name => name === 'address' || name === 'host')
