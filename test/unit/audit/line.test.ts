import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { lineOf } from '../../../engine/audit/line.ts'
import { metadataOf } from '../../../engine/audit/metadata.ts'
import { auditFile, type Line } from '../../support/audit-file.ts'
import { testEngine } from '../../support/test-engine.ts'

/** What one line may hold, with its place in the chain. */
const LONGEST = 140_000

describe('The length of an audit line', () => {
  async function written(
    act: (made: Awaited<ReturnType<typeof testEngine>>) => Promise<unknown>,
    options: Readonly<Record<string, string>> = {},
  ) {
    using log = auditFile(options)
    const made = await testEngine({ devices: [log.device] })
    await act(made)
    await made.core.audit.close()
    const longest = Math.max(
      ...log
        .text()
        .split('\n')
        .map(line => line.length),
    )
    return { lines: log.entries(), longest }
  }

  for (const [what, data] of [
    ['a name of 4 MiB', { [`a${'\u007f'.repeat(4 * 1024 * 1024)}`]: 1 }],
    ['5000 values', Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, '']))],
  ] as const)
    it(`does not grow with ${what} from an unauthenticated client, but shows the size`, async () => {
      const { lines, longest } = await written(({ post }) => post('x', data, ''))
      expect(lines).to.have.length(2)
      for (const { request } of lines) {
        expect(request.data).to.equal(undefined)
        expect(request.data_members).to.equal(Object.keys(data).length)
        expect(request.data_characters).to.equal(JSON.stringify(data).length)
      }
      expect(longest).to.be.below(2000)
    })

  it('does not grow on public paths with what they do not know', async () => {
    const junk = Array.from({ length: 2000 }, (_, at) => [`${at}${'x'.repeat(100)}`, 'x'])
    const data = { ...Object.fromEntries(junk), otp: 'a', username: 'root' }
    const { lines, longest } = await written(({ post }) => post('ssh/verify', data, ''))
    expect(longest).to.be.below(2000)
    expect(lines[0].request.data).to.have.keys('otp', 'username')
    expect(lines[0].request.data_omitted).to.equal(2000)
    expect(lines[0].request.path).to.equal('ssh/verify')
  })

  it('shows few values of requests without a token', async () => {
    const ip = Array.from({ length: 500 }, (_, at) => `10.0.0.${at}`)
    const { lines, longest } = await written(({ post }) => post('ssh/verify', { otp: 'a', ip }, ''))
    expect(longest).to.be.below(3000)
    expect(lines[0].request.data.ip).to.deep.equal(ip.slice(0, 62))
    expect(lines[0].request.data_omitted).to.equal(438)
  })

  it('shows the beginning of a long path requested without a token', async () => {
    const { lines, longest } = await written(async ({ post }) => {
      await post(`auth/userpass/login/${'a'.repeat(8000)}`, {}, '')
      await post(`ssh/verify/${'b'.repeat(8000)}`, {}, '')
      await post(`cubbyhole/${'c'.repeat(8000)}`, { a: 'x' })
    })
    const paths = lines.map(({ request }) => request.path.length)
    expect(paths).to.deep.equal([519, 519, 519, 519, 8010, 8010])
    expect(longest).to.be.within(8000, LONGEST)
  })

  it('is bounded for names of control characters', async () => {
    const data = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`${at}${'\u0085'.repeat(250)}`, 'x']),
    )
    const { lines, longest } = await written(({ post }) => post('cubbyhole/a', data))
    expect(longest).to.be.below(LONGEST)
    expect(lines[0].request.data).to.have.keys('omitted_characters')
  })

  it('is bounded where nothing is hashed', async () => {
    const { longest } = await written(
      ({ post }) => post('cubbyhole/a', { a: 'x'.repeat(4_000_000), b: 'y'.repeat(10_000) }),
      { log_raw: 'true' },
    )
    expect(longest).to.be.within(2000, LONGEST)
  })

  it('does not grow with the revocation list, of which the hash is shown', async () => {
    let body: Buffer | undefined
    const { lines, longest } = await written(async ({ post, get }) => {
      await post('ssh/config/ca', { generate_signing_key: true })
      for (let at = 0; at < 200; at++)
        await post('ssh/revoke', { key_id: `vault-userpass-someone-${at}` })
      const answer = await get('ssh/krl', '')
      expect(answer.status).to.equal(200)
      body = answer.body
    })
    const { response } = lines.findLast(({ type }: Line) => type === 'response')
    expect(response.data.http_raw_body_bytes).to.equal(body?.length)
    expect(longest).to.be.below(10_000)
    expect(body?.length).to.be.above(4000)
    const sha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex')
    expect(response.data.http_raw_body_sha256).to.equal(sha256)
  })

  it('does not grow with metadata that was stored before there were bounds', () => {
    const line = lineOf({ type: 'request', auth: { metadata: { a: 'x'.repeat(2_000_000) } } })
    expect(line.length).to.be.below(LONGEST)
    expect(JSON.parse(line).auth.metadata).to.deep.equal({ omitted_characters: 2_000_008 })
  })

  it('leaves out the largest part first', () => {
    const [small, large] = ['x'.repeat(90_000), 'y'.repeat(100_000)]
    const line = lineOf({ request: { path: 'p', data: { small } }, response: { data: { large } } })
    expect(JSON.parse(line)).to.deep.equal({
      request: { path: 'p', data: { small } },
      response: { data: { omitted_characters: 100_012 } },
    })
  })

  it('does not grow with the claims of a login', () => {
    const metadata = metadataOf({
      ...Object.fromEntries(
        Array.from({ length: 100 }, (_, at) => [`k${at}`, 'x'.repeat(700_000)]),
      ),
    })
    expect(JSON.stringify(metadata)).to.have.length.below(64 * 1024)
    expect(metadata).to.deep.include({ k0: `${'x'.repeat(512)}…(700000)`, '…': '35 more' })
  })

  it('is why metadata that is written has bounds', async () => {
    const meta = (value: string, count = 1) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, value]))
    await written(async ({ post }) => {
      const create = (data: object) => post('auth/token/create', { meta: data })
      expect((await create(meta('x'.repeat(512), 64))).status).to.equal(200)
      expect((await create(meta('x', 65))).status).to.equal(400)
      expect((await create(meta('x'.repeat(513)))).status).to.equal(400)
      expect((await create({ ['k'.repeat(129)]: 'x' })).status).to.equal(400)
      const entity = await post('identity/entity', { name: 'a', metadata: meta('x'.repeat(513)) })
      expect(entity.status).to.equal(400)
    })
  })
})
