import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Response } from '../../../../engine/api/request.ts'
import { serve } from '../../../../engine/core/request/serve.ts'
import { dispatch } from '../../../../helper/commands/dispatch.ts'
import { Refusal } from '../../../../helper/refusal.ts'
import { listening } from '../../../support/listening.ts'
import { testEngine } from '../../../support/test-engine.ts'

const OTHER_CA =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOw6ZGY+eU3oI3qj8gh7W/j0ChqF7kzEm2kIJlo50yfb x\n'

/** What somebody in the engine's place makes of its answer. */
type Change = (response: Response) => Response

describe('A list that a host with verify_keys fetches', () => {
  let folder: string
  let change: Change
  let made: Awaited<ReturnType<typeof testEngine>>
  let listener: Awaited<ReturnType<typeof listening>>

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-list-'))
    made = await testEngine()
    change = response => response
    listener = await listening({
      handle: async request => change(await serve(made.core, request)),
    })
    await made.post('sys/mounts/otp', { type: 'ssh' })
    await made.post('otp/config/ca', { key_type: 'ed25519' })
    const [key] = (await made.get('otp/verify/keys')).body.data.keys
    const lines = [
      `vault_addr = "http://127.0.0.1:${listener.port}"`,
      `ssh_mount_point = "otp"`,
      `state_directory = "${folder}/state"`,
      `verify_keys = ["${key.public_key}"]`,
    ]
    writeFileSync(join(folder, 'helper.toml'), lines.join('\n'))
  })
  afterEach(async () => {
    await listener[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const fetchList = (command: 'krl' | 'trust') =>
    dispatch(command, ['-dev', `-config=${folder}/helper.toml`, `-out=${folder}/${command}`])
  const installed = (command: string) => readFileSync(join(folder, command), 'latin1')
  const refused = async (command: 'krl' | 'trust', reason: RegExp) => {
    const error = await fetchList(command).then(
      () => undefined,
      each => each as Error,
    )
    expect(error).to.be.instanceOf(Refusal).with.property('exit', 'protocol')
    expect(error?.message).to.match(reason)
  }

  it('is installed where the engine has signed it, also when it has not changed', async () => {
    for (const command of ['krl', 'trust'] as const) {
      expect(await fetchList(command)).to.match(/ is now version | now has 1 key$/)
      expect(await fetchList(command)).to.match(/ is the newest list$| has not changed$/)
    }
  })

  const CHANGES: Readonly<Record<string, Change>> = {
    'without a signature': ({ headers, ...rest }) => ({
      ...rest,
      headers: { ETag: headers!.ETag! },
    }),
    'with a CA that was added': response => ({ ...response, body: OTHER_CA }),
    'of another mount, as its ETag says': response => ({
      ...response,
      headers: { ...response.headers, ETag: '"other.7"' },
    }),
    'by another key': response => ({
      ...response,
      headers: { ...response.headers, 'x-postern-key-id': '0'.repeat(16) },
    }),
  }
  for (const [what, made] of Object.entries(CHANGES))
    it(`is refused ${what}`, async () => {
      change = made
      for (const command of ['krl', 'trust'] as const) {
        await refused(command, /the answer is not signed with one of|the signature is not that of/)
        expect(existsSync(join(folder, command))).to.equal(false)
      }
    })

  it('is installed whatever a proxy has made of its tag', async () => {
    change = ({ headers, ...rest }) => ({
      ...rest,
      headers: { ...headers, ETag: `W/${headers?.ETag}` },
    })
    expect(await fetchList('krl')).to.match(/ is now version 0$/)
  })

  it('is refused with any other status, also where nothing has to be signed', async () => {
    for (const line of ['', '# ']) {
      const file = join(folder, 'helper.toml')
      writeFileSync(file, readFileSync(file, 'utf8').replace('verify_keys', `${line}verify_keys`))
      change = response => ({ ...response, status: 404 })
      await refused('trust', /^the keys of the CAs: status 404: /)
      change = response => response
      expect(await fetchList('trust')).to.match(/ has /)
    }
    change = ({ headers: _, ...rest }) => rest
    expect(await fetchList('trust')).to.match(/ has not changed$/)
  })

  it('is refused when it is an older answer, or one that says that nothing has changed', async () => {
    let first: Response | undefined
    change = response => {
      first = response
      return response
    }
    await fetchList('krl')
    const before = installed('krl')
    await made.post('otp/revoke', { key_id: 'somebody' })
    change = () => first!
    await refused('krl', /the signature is not that of this answer/)
    const unchanged = { ...first!, status: 304, body: undefined }
    change = () => unchanged
    await refused('krl', /the signature is not that of this answer/)
    change = response => response
    expect(await fetchList('krl')).to.match(/is now version 1$/)
    expect(installed('krl')).not.to.equal(before)
  })

  it('is refused when it is another list', async () => {
    let keys: Response | undefined
    change = response => {
      keys = response
      return response
    }
    await fetchList('trust')
    change = () => keys!
    await refused('krl', /the signature is not that of this answer/)
  })
})
