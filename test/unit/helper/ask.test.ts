import { createHash, createPublicKey, verify } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect } from 'chai'
import { type AskOptions, ask } from '../../../helper/ask.ts'
import { sinceStart } from '../../../helper/clock.ts'
import type { Config, Engine } from '../../../helper/config.ts'
import { PasswordUnused } from '../../../helper/exchange.ts'
import { Refusal } from '../../../helper/refusal.ts'
import { publicKeyIn, signText } from '../../../shared/ed25519.ts'
import { hostRequestText } from '../../../shared/host-signature.ts'
import { Secret } from '../../../shared/secret.ts'
import { replyText, type SignedReply } from '../../../shared/verify-signature.ts'
import { reply } from '../../support/hostile.ts'
import { newKey } from '../../support/login-matrix/login-cells.ts'

const OTP = new Secret('2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c')
const NONCE = 'n'.repeat(32)
const LOGIN = { username: 'alice', ip: '10.1.2.3', role_name: 'ops' }
const GOOD = reply(200, { data: LOGIN })
const SEALED = reply(503, { errors: ['Vault is sealed'] })
const UNSIGNED = { mount: 'ssh', keys: undefined }

/** Engines that were started, each with the requests that it has had. */
interface Started extends Engine {
  readonly requests: string[]
}

describe('ask', () => {
  const open: (() => void)[] = []
  afterEach(() => {
    for (const close of open.splice(0)) close()
  })

  /** An engine that answers so; one without an answer does not speak. */
  async function engine(answer: string | undefined): Promise<Started> {
    const requests: string[] = []
    const sockets = new Set<Socket>()
    const server = createServer(socket => {
      sockets.add(socket.on('error', () => {}))
      socket.on('data', bytes => {
        requests.push(bytes.toString('latin1'))
        if (answer !== undefined) socket.end(Buffer.from(answer, 'latin1'))
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    open.push(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    const { port } = server.address() as AddressInfo
    const name = `http://127.0.0.1:${port}`
    return { name, secure: false, host: '127.0.0.1', port, path: '/v1/ssh/verify', requests }
  }

  /** One that is not there: nothing listens at port 1. */
  const absent: Started = {
    ...{ name: 'http://127.0.0.1:1', secure: false, host: '127.0.0.1', port: 1 },
    ...{ path: '/v1/ssh/verify', requests: [] },
  }

  const options = (changes: Partial<AskOptions> = {}): AskOptions => ({
    request: { otp: OTP, username: 'alice', nonce: NONCE },
    correlation: 'c0ffee',
    until: sinceStart() + 20_000,
    tls: () => undefined,
    signed: UNSIGNED,
    identity: undefined,
    ...changes,
  })
  const config = (engines: readonly Engine[], namespace?: string) =>
    ({ engines, namespace }) as unknown as Config

  async function refusalOf(engines: readonly Engine[], changes: Partial<AskOptions> = {}) {
    try {
      await ask(config(engines), options(changes))
    } catch (error) {
      if (error instanceof Refusal) return { exit: error.exit, message: error.message }
      throw error
    }
    throw new Error('it was answered')
  }

  it('gives the answer of the first engine, and asks no other', async () => {
    const [one, two] = [await engine(GOOD), await engine(GOOD)]
    const result = await ask(config([one, two]), options())
    expect(result).to.deep.include({ engine: one, failures: [] })
    expect(result.answer).to.include({ kind: 'login', username: 'alice', role: 'ops' })
    expect([one.requests.length, two.requests.length]).to.deep.equal([1, 0])
  })

  it('asks the next one where none listens, or it is sealed, and says why', async () => {
    const [sealed, good] = [await engine(SEALED), await engine(GOOD)]
    const { engine: asked, failures } = await ask(config([absent, sealed, good]), options())
    expect(asked).to.equal(good)
    expect(failures).to.deep.equal([
      'http://127.0.0.1:1: connection refused',
      `${sealed.name}: it is sealed`,
    ])
  })

  it('asks no other one when the first may have redeemed the password', async () => {
    for (const answer of [
      reply(500, { errors: ['internal error'] }),
      reply(503, { errors: ['busy'] }),
      reply(400, { errors: ['Vault is sealed'] }),
      reply(200, 'no'),
      'HTTP/1.1 200 OK\r\n',
    ]) {
      const [bad, good] = [await engine(answer), await engine(GOOD)]
      await refusalOf([bad, good])
      expect([bad.requests.length, good.requests.length]).to.deep.equal([1, 0])
    }
  })

  it('asks none when the time is over', async () => {
    const good = await engine(GOOD)
    for (const until of [sinceStart() - 1, sinceStart()])
      expect(await refusalOf([good], { until })).to.deep.equal({
        exit: 'unavailable',
        message: '',
      })
    expect(good.requests).to.deep.equal([])
  })

  it('ends with what each of them has said', async () => {
    const sealed = await engine(SEALED)
    expect(await refusalOf([absent, sealed])).to.deep.equal({
      exit: 'unavailable',
      message: `http://127.0.0.1:1: connection refused; ${sealed.name}: it is sealed`,
    })
  })

  it('leaves time for the other engines, where one takes a connection and no more', async () => {
    // TLS that is never spoken: the connection is not there
    const [silent, good] = [await engine(undefined), await engine(GOOD)]
    const tls = ({ port }: Engine) => (port === silent.port ? {} : undefined)
    const until = sinceStart() + 2000
    const { failures } = await ask(config([silent, good]), options({ tls, until }))
    expect(failures).to.deep.equal([`${silent.name}: no connection in time`])
  })

  it('gives the last engine all the time that is left', async () => {
    const silent = await engine(undefined)
    const until = sinceStart() + 300
    const refusal = await refusalOf([silent], { until })
    expect(refusal).to.deep.equal({
      exit: 'deadline',
      message: `${silent.name}: no answer in time`,
    })
  })

  it('sends one request, with what the engine has to know', async () => {
    const good = await engine(GOOD)
    await ask(config([good], 'team/a'), options())
    const [head = '', body = ''] = good.requests.join('').split('\r\n\r\n')
    expect(head.split('\r\n')).to.deep.equal([
      'PUT /v1/ssh/verify HTTP/1.1',
      `Host: 127.0.0.1:${good.port}`,
      'X-Vault-Request: true',
      'X-Correlation-Id: c0ffee',
      'X-Vault-Namespace: team/a',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ])
    expect(JSON.parse(body)).to.deep.equal({
      ...{ otp: OTP.reveal(), username: 'alice', nonce: NONCE },
    })
  })

  it('names no namespace where there is none, and signs nothing for a host that has no key', async () => {
    const good = await engine(GOOD)
    await ask(config([good]), options())
    expect(good.requests.join('')).not.to.match(/namespace|x-postern/i)
  })

  it('signs the request with the key of the host', async () => {
    const good = await engine(GOOD)
    const key = newKey()
    await ask(config([good]), options({ identity: { name: 'web-1', key } }))
    const [head = '', body = ''] = good.requests.join('').split('\r\n\r\n')
    const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1] ?? ''
    const text = hostRequestText({
      ...{ host: 'web-1', time: header('x-postern-time'), nonce: NONCE, report: '' },
      ...{ method: 'PUT', path: 'verify' },
      bodyDigest: createHash('sha256').update(body).digest('hex'),
    })
    expect(header('x-postern-nonce')).to.equal(NONCE)
    const signature = Buffer.from(header('x-postern-signature'), 'base64')
    expect(verify(null, text, createPublicKey(key), signature)).to.equal(true)
  })

  for (const [what, answer, exit, message] of [
    [
      'what is denied',
      reply(400, { errors: [' OTP not found ', 'x'] }),
      'denied',
      'OTP not found; x',
    ],
    ['400 without errors', reply(400, { errors: [] }), 'protocol', 'unexpected status 400: '],
    [
      '403',
      reply(403, { errors: ['permission denied'] }),
      'protocol',
      'refused with 403, check ssh_mount_point: permission denied',
    ],
    [
      '404 for a namespace',
      reply(404, { errors: ['no namespace'] }),
      'protocol',
      'no such namespace, check namespace: no namespace',
    ],
    [
      '404',
      reply(404, { errors: ['no handler'] }),
      'protocol',
      'no SSH engine there, check ssh_mount_point: no handler',
    ],
    ['429', reply(429, { errors: ['slow'] }), 'unavailable', 'unexpected status 429: slow'],
    [
      '500 that speaks of a namespace',
      reply(500, { errors: ['namespace'] }),
      'unavailable',
      'unexpected status 500: namespace',
    ],
    ['500', reply(500, ''), 'unavailable', 'unexpected status 500: '],
    [
      '503 that is not sealed',
      reply(503, { errors: ['sealed'] }),
      'unavailable',
      'unexpected status 503: sealed',
    ],
    ['a status below 500', reply(499, ''), 'protocol', 'unexpected status 499: '],
    ['a redirection', reply(307, ''), 'protocol', 'unexpected status 307: '],
    ['201', reply(201, { data: LOGIN }), 'protocol', 'unexpected status 201: '],
    [
      '200 of another type',
      reply(200, { data: LOGIN }, { 'Content-Type': 'text/html; a=b' }),
      'protocol',
      'the reply is text/html, not JSON',
    ],
    [
      '200 of no type',
      reply(200, { data: LOGIN }, { 'Content-Type': '' }),
      'protocol',
      'the reply is of no known type, not JSON',
    ],
    ['200 without a login', reply(200, {}), 'protocol', 'data is not an object'],
    [
      'another nonce',
      reply(200, { data: { ...LOGIN, nonce: 'x' } }),
      'protocol',
      'the answer is to another question',
    ],
  ] as const)
    it(`is refused by ${what}`, async () => {
      const bad = await engine(answer)
      expect(await refusalOf([bad])).to.deep.equal({ exit, message: `${bad.name}: ${message}` })
    })

  describe('with keys that must have signed', () => {
    const key = newKey()
    const signed = { mount: 'ssh', keys: [publicKeyIn(key)] }
    const signature = (said: Partial<SignedReply>) => {
      const text = replyText({
        ...{ mount: 'ssh', nonce: NONCE, otp: OTP, decision: 'allowed', reason: '' },
        ...{ username: 'alice', ip: '10.1.2.3', role: 'ops', time: 'now', requestId: 'id' },
        ...said,
      })
      return { key_id: publicKeyIn(key).id, time: 'now', signature: signText(key, text) }
    }
    const refused: Partial<SignedReply> = {
      ...{ decision: 'refused', reason: 'no', username: '', ip: '', role: '' },
    }

    it('gives an answer that is signed', async () => {
      const data = { ...LOGIN, nonce: NONCE, ...signature({}) }
      const good = await engine(reply(200, { request_id: 'id', data }))
      const { answer } = await ask(config([good]), options({ signed }))
      expect(answer).to.include({ kind: 'login', username: 'alice', nonce: NONCE })
    })

    it('refuses one that is not', async () => {
      const bad = await engine(GOOD)
      expect(await refusalOf([bad], { signed })).to.deep.equal({
        exit: 'protocol',
        message: `${bad.name}: the answer is not signed, and verify_keys is set`,
      })
    })

    it('is denied by a refusal, signed or not, and says which', async () => {
      const [errors, request_id] = [['no'], 'id']
      for (const [body, message] of [
        [{ errors, request_id, ...signature(refused) }, 'no'],
        [{ errors, request_id }, 'no (the answer is not signed, and verify_keys is set)'],
      ] as const) {
        const bad = await engine(reply(400, body))
        expect(await refusalOf([bad], { signed })).to.deep.equal({
          exit: 'denied',
          message: `${bad.name}: ${message}`,
        })
      }
    })
  })

  it('passes on what is no refusal, such as an error of its own', async () => {
    const tls = () => {
      throw new TypeError('a bug')
    }
    for (const engines of [[absent], [absent, await engine(GOOD)]])
      try {
        await ask(config(engines), options({ tls }))
        expect.fail('it was answered')
      } catch (error) {
        expect(error).to.be.instanceOf(TypeError).and.not.instanceOf(PasswordUnused)
      }
  })
})
