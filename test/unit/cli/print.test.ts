import { Writable } from 'node:stream'
import { expect } from 'chai'
import { type Envelope, envelopeOf } from '../../../engine/cli/envelope.ts'
import { StreamOutput } from '../../../engine/cli/outputs.ts'
import { type FORMATS, Printer } from '../../../engine/cli/print.ts'

class Sink extends Writable {
  text = ''
  readonly isTTY: boolean
  constructor(isTTY = false) {
    super()
    this.isTTY = isTTY
  }
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk
    done()
  }
}

async function printed(
  envelope: Envelope,
  format: (typeof FORMATS)[number],
  field?: string,
  isTTY = false,
) {
  const [stdout, stderr] = [new Sink(isTTY), new Sink()]
  const world = {
    stdout: new StreamOutput(stdout, { forPeople: false }),
    stderr: new StreamOutput(stderr, { forPeople: true }),
  }
  await new Printer(world, { format, field }).secret(envelope)
  return { out: stdout.text, err: stderr.text }
}

const OTP = envelopeOf({
  request_id: '4f1c',
  lease_id: 'ssh/creds/web/5vVq',
  lease_duration: 600,
  data: { username: 'ubuntu', port: 22, key_type: 'otp', ip: '10.1.2.3', key: '2f7e25a2' },
})

const TOKEN = envelopeOf({
  auth: {
    client_token: 'hvs.1',
    accessor: 'a1',
    policies: ['default', 'web'],
    token_policies: ['default', 'web'],
    identity_policies: [],
    metadata: { team: 'ops' },
    lease_duration: 3600,
    renewable: true,
  },
})

describe('Printer', () => {
  it('prints a reply as a table, the lease first', async () => {
    expect(await printed(OTP, 'table')).to.deep.equal({
      out: `Key                Value
---                -----
lease_id           ssh/creds/web/5vVq
lease_duration     10m
lease_renewable    false
ip                 10.1.2.3
key                2f7e25a2
key_type           otp
port               22
username           ubuntu
`,
      err: '',
    })
  })

  it('prints a token as a table', async () => {
    expect((await printed(TOKEN, 'table')).out).to.equal(`Key                  Value
---                  -----
token                hvs.1
token_accessor       a1
token_duration       1h
token_renewable      true
token_policies       ["default" "web"]
identity_policies    []
policies             ["default" "web"]
token_meta_team      ops
`)
  })

  it('prints a wrapped reply as a table', async () => {
    const wrapped = envelopeOf({
      wrap_info: {
        token: 'hvs.w',
        accessor: 'a2',
        ttl: 60,
        creation_time: '2026-01-01T00:00:00Z',
        creation_path: 'ssh/creds/web',
      },
    })
    expect((await printed(wrapped, 'table')).out).to.equal(`Key                              Value
---                              -----
wrapping_token:                  hvs.w
wrapping_accessor:               a2
wrapping_token_ttl:              1m
wrapping_token_creation_time:    2026-01-01T00:00:00Z
wrapping_token_creation_path:    ssh/creds/web
`)
  })

  it('prints JSON in the order of an envelope, its data sorted', async () => {
    expect((await printed(OTP, 'json')).out).to.equal(`{
  "request_id": "4f1c",
  "lease_id": "ssh/creds/web/5vVq",
  "lease_duration": 600,
  "renewable": false,
  "data": {
    "ip": "10.1.2.3",
    "key": "2f7e25a2",
    "key_type": "otp",
    "port": 22,
    "username": "ubuntu"
  },
  "warnings": null
}
`)
  })

  it('prints YAML, sorted, and quotes what would be something else', async () => {
    const odd = envelopeOf({
      request_id: '1',
      data: { a: 'no', b: '1e3', c: 'x: y', d: ['p', 'q'], e: 'l1\nl2\n' },
    })
    for (const format of ['yaml', 'yml'] as const)
      expect((await printed(odd, format)).out).to.equal(`data:
  a: "no"
  b: "1e3"
  c: "x: y"
  d:
    - p
    - q
  e: |
    l1
    l2
lease_duration: 0
lease_id: ""
renewable: false
request_id: "1"
warnings: null
`)
  })

  it('prints warnings where a program does not read them', async () => {
    const warned = envelopeOf({ data: { a: 1 }, warnings: ['one', 'two'] })
    expect(await printed(warned, 'table')).to.deep.equal({
      out: 'Key    Value\n---    -----\na      1\n',
      err: 'WARNING! The following warnings were returned from the server:\n\n  * one\n\n  * two\n\n',
    })
    expect((await printed(warned, 'json')).err).to.equal('')
  })

  for (const [envelope, field, out] of [
    [OTP, 'key', '2f7e25a2'],
    [OTP, 'lease_id', 'ssh/creds/web/5vVq'],
    [OTP, 'lease_duration', '600'],
    [OTP, 'port', '22'],
    [TOKEN, 'token', 'hvs.1'],
    [TOKEN, 'token_duration', '3600'],
    [TOKEN, 'policies', '[default web]'],
  ] as const)
    it(`prints the field ${field} alone, raw`, async () => {
      expect(await printed(envelope, 'table', field)).to.deep.equal({ out, err: '' })
      expect((await printed(envelope, 'table', field, true)).out).to.equal(`${out}\n`)
    })

  it('prints a field as JSON', async () => {
    expect((await printed(TOKEN, 'json', 'policies')).out).to.equal('[\n  "default",\n  "web"\n]')
  })

  it('says when there is no such field', async () => {
    const error = await printed(OTP, 'table', 'nope').catch((error: Error) => error.message)
    expect(error).to.equal('Field "nope" not present in secret')
  })
})
