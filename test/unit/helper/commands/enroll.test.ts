import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Request } from '../../../../engine/api/request.ts'
import { serve } from '../../../../engine/core/request/serve.ts'
import { dispatch } from '../../../../helper/commands/dispatch.ts'
import { verifyOnly } from '../../../../helper/commands/verify-only.ts'
import { readConfig } from '../../../../helper/config.ts'
import { parseFlags } from '../../../../helper/flags.ts'
import { requireIdentity } from '../../../../helper/host-identity.ts'
import { publicKeyIn } from '../../../../shared/ed25519.ts'
import { listening } from '../../../support/listening.ts'
import { testEngine } from '../../../support/test-engine.ts'

describe('postern-helper enroll', () => {
  let folder: string
  let token: string
  /** What becomes of the answer of the engine. */
  let isLost: (request: Request) => boolean
  let change: (body: string) => string
  let made: Awaited<ReturnType<typeof testEngine>>
  let listener: Awaited<ReturnType<typeof listening>>

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-enroll-'))
    made = await testEngine()
    // the clock of the engine of a test stands still
    made.pass((Date.now() - made.core.now().getTime()) / 1000)
    isLost = () => false
    change = body => body
    listener = await listening({
      async handle(request) {
        const response = await serve(made.core, request)
        if (isLost(request)) return { status: 502, body: '' }
        return {
          ...response,
          body: JSON.parse(change(JSON.stringify(response.body ?? null))) ?? undefined,
        }
      },
    })
    await made.post('sys/mounts/ssh', { type: 'ssh' })
    token = (await made.post('ssh/hosts/web-1/enroll')).body.data.token
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 })
    writeFileSync(
      join(folder, 'helper.toml'),
      `vault_addr = "http://127.0.0.1:${listener.port}"\nstate_directory = "${folder}/state"\n`,
    )
  })
  afterEach(async () => {
    await listener[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const config = () => readConfig(join(folder, 'helper.toml'), { dev: true })
  const enroll = (key = join(folder, 'host-key')) =>
    dispatch('enroll', [
      ...['-dev', '-name=web-1', `-config=${folder}/helper.toml`],
      ...[`-token-file=${folder}/token`, `-key=${key}`],
    ])
  const refused = async (key: string, reason: RegExp) => {
    const error = await enroll(key).then(
      () => undefined,
      each => each as Error,
    )
    expect(error?.message).to.match(reason)
  }

  it('makes a key that a login can read, and leaves nothing else', async () => {
    expect(await enroll()).to.match(/^web-1 is enrolled\n/)
    expect(readdirSync(folder).sort()).to.deep.equal(['helper.toml', 'host-key', 'state', 'token'])
    expect(JSON.stringify(listener.seen.map(({ data }) => data))).not.to.include(token)
    const { key } = requireIdentity(config().host!)
    const { data } = (await made.get('ssh/hosts/web-1')).body
    expect(data.public_key).to.equal(publicKeyIn(key).text)
  })

  it('uses no token and changes nothing where a login could not read the key', async () => {
    mkdirSync(join(folder, 'shared'))
    chmodSync(join(folder, 'shared'), 0o777)
    mkdirSync(join(folder, 'host-key'))
    await refused('host-key', /^-key must be an absolute path$/)
    await refused(join(folder, 'host-key'), /is a directory$/)
    await refused(join(folder, 'shared/key'), /shared can be changed by other users/)
    await refused(join(folder, 'none/key'), /cannot be written/)
    expect(readdirSync(join(folder, 'shared'))).to.deep.equal([])
    expect(config().host).to.equal(undefined)
    expect(await enroll(join(folder, 'key'))).to.match(/is enrolled/)
  })

  it('accepts no reply that was changed on its way, also in who had the name', async () => {
    await enroll()
    for (const [text, other] of [
      ['"enrolled_from":"127.', '"enrolled_from":"128.'],
      ['"replaces"', '"replaced"'],
      ['"version":1', '"version":2'],
    ] as const) {
      token = (await made.post('ssh/hosts/web-1/enroll')).body.data.token
      writeFileSync(join(folder, 'token'), token)
      change = body => body.replace(text, other)
      await refused(join(folder, 'host-key'), /not signed with the key|none of the keys/)
      change = body => body
      expect(await enroll()).to.match(/^web-1 is enrolled\n/)
    }
  })

  it('is checked by -verify-only, since the engine answers the echo to every host', async () => {
    await enroll()
    await made.post('ssh/hosts/web-1', { disabled: true })
    const flags = parseFlags(['-dev', '-verify-only', `-config=${folder}/helper.toml`])
    const error = await verifyOnly(flags).then(
      () => undefined,
      each => each as Error,
    )
    expect(error?.message).to.match(/: this host: status 400: host "web-1" is disabled$/m)
  })

  it('can be run again with the same token where the answer was lost', async () => {
    isLost = ({ path }) => path === 'ssh/enroll'
    await refused(join(folder, 'host-key'), /status 502/)
    expect(config().host).to.equal(undefined)
    isLost = () => false
    expect(await enroll()).to.match(/^web-1 is enrolled\n/)
    expect(readdirSync(folder)).to.have.length(4)
    await refused(join(folder, 'host-key'), /the token is not valid for this host/)
    expect(readdirSync(folder)).to.have.length(4)
  })
})
