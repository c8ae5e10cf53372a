import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import { type CommandLine, commandLine } from './command-line.ts'

interface Refusal {
  readonly status: number
  readonly body: object | string
}

/** What a source says of each path: data, or a refusal; of others, that nothing is there. */
type Says = Readonly<Record<string, object>>

const refusal = (status: number, body: Refusal['body'] = { errors: [] }): Refusal => ({
  status,
  body,
})

const ACCEPTS: Says = {
  'sys/seal-status': { sealed: false, cluster_id: 'other' },
  'auth/token/lookup-self': { id: 'x' },
  'sys/mounts': {},
  'sys/auth': {},
}

const SSH = { 'ssh/': { type: 'ssh', accessor: 'ssh_1' } }

/** A server for `-from` that says these things. */
async function source(says: Says) {
  const all = { ...ACCEPTS, ...says }
  const server = createServer(async (request, response) => {
    await text(request)
    const path = decodeURIComponent((request.url ?? '').slice('/v1/'.length))
    const said = all[path] ?? refusal(404)
    const { status, body } = 'status' in said ? (said as Refusal) : refusal(200, { data: said })
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('postern import from a server that is not what it says', () => {
  let target: CommandLine
  before(async () => {
    target = await commandLine()
    writeFileSync(join(target.folder, 'token'), 'root', { mode: 0o600 })
  })
  after(() => target[Symbol.asyncDispose]())

  async function importing(says: Says, ...more: readonly string[]) {
    await using from = await source(says)
    const token = `-from-token-file=${target.folder}/token`
    return await target.run(['import', `-from=${from.address}`, token, '-apply', ...more])
  }

  for (const [told, says, reason] of cases<readonly [string, Says, RegExp]>([
    [
      'refuses a list with 400',
      { 'sys/mounts': SSH, 'ssh/roles?list=true': refusal(400, { errors: ['try later'] }) },
      /^Error reading ssh\/roles: [\s\S]*try later/,
    ],
    [
      'is a proxy that has no such page',
      { 'sys/policies/acl?list=true': refusal(404, '<html>404</html>') },
      /^Error reading sys\/policies\/acl: /,
    ],
    [
      'has no mounts',
      { 'sys/mounts': refusal(404, { errors: [] }) },
      /^Error reading sys\/mounts: /,
    ],
    [
      'refuses to say its mounts',
      { 'sys/auth': refusal(400, { errors: ["keys haven't been configured yet"] }) },
      /^Error reading sys\/auth: /,
    ],
    [
      'lists a role that leads elsewhere',
      { 'sys/mounts': SSH, 'ssh/roles?list=true': { keys: ['../../sys/policies/acl/all'] } },
      /^Error reading ssh\/roles: .* lists "..\/..\/sys\/policies\/acl\/all", which cannot be part/,
    ],
    [
      'mounts something elsewhere',
      { 'sys/auth': { '../policies/acl/all/': { type: 'userpass' } } },
      /^Error reading sys\/auth: .* lists "..\/policies\/acl\/all", which cannot be part/,
    ],
    [
      'has an issuer whose name leads elsewhere',
      {
        'sys/mounts': SSH,
        'ssh/issuers?list=true': { keys: ['a'] },
        'ssh/issuer/a': { issuer_id: 'a', issuer_name: '../../../sys/policies/acl/all' },
      },
      /^Error reading ssh\/issuer: .* which cannot be part/,
    ],
    [
      'lists names with control characters',
      { 'sys/policies/acl?list=true': { keys: ['a\u001b[2J'] } },
      /^Error reading sys\/policies\/acl: .* lists "a\\u001b\[2J", which/,
    ],
    [
      'lists names without end',
      {
        'sys/policies/acl?list=true': {
          keys: Array.from({ length: 200_001 }, (_, at) => `${at}`),
        },
      },
      /^Error reading sys\/policies\/acl: it has more than 200000 names/,
    ],
  ]))
    it(`changes nothing where it ${told}`, async () => {
      const { code, out, err } = await importing(says)
      expect(err).to.match(reason)
      expect([code, out]).to.deep.equal([2, ''])
    })

  it('takes a mount without a CA for what it is', async () => {
    const none = refusal(400, { errors: ['no default issuer currently configured'] })
    const says = { 'sys/mounts': SSH, 'ssh/config/ca': none, 'ssh/config/issuers': none }
    const { code, out, err } = await importing(says)
    expect([code, err]).to.deep.equal([0, ''])
    expect(out).to.match(/^1 change made\.$/m)
  })

  it('shows no line that the source has written', async () => {
    const name = 'a\n0 to create, 0 to change, 1 the same.\n\nNothing to do.'
    const { out } = await importing({
      'identity/entity/id?list=true': { keys: ['e'] },
      'identity/entity/id/e': { id: 'e', name, aliases: [{ name, mount_accessor: name }] },
      'identity/group/id?list=true': { keys: ['g'] },
      'identity/group/id/g': { id: 'g', name, metadata: { [name]: name }, type: 'internal' },
    })
    expect(out.split('\n').filter(line => line === 'Nothing to do.')).to.deep.equal([])
    expect(out).to.match(/^\+ identity\/entity a\\n0 to create/m)
  })

  it('is no worse for values of the wrong types', async () => {
    const odd = [5, null, 'x', [[1]], { toString: 1 }]
    const odds = Object.fromEntries(
      ['policies', 'metadata', 'aliases', 'name', 'id', 'type', 'member_entity_ids'].map(
        (name, at) => [name, odd[at % odd.length]],
      ),
    )
    const { err } = await importing({
      'sys/mounts': { ...SSH, 'x/': 5, 'y/': { type: 5 } },
      'ssh/roles?list=true': { keys: ['a', 5, null] },
      'ssh/roles/a': { key_type: 5, cidr_list: {}, allowed_users: [[]] },
      'identity/entity/id?list=true': { keys: ['e'] },
      'identity/entity/id/e': odds,
      'identity/group/id?list=true': { keys: ['g'] },
      'identity/group/id/g': odds,
      'sys/policies/acl?list=true': { keys: 5 },
    })
    expect(err).to.not.match(/bug|TypeError/)
  })
})
