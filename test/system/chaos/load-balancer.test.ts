import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect } from 'chai'
import { EngineProcess } from '../../support/engine-process.ts'

describe('An engine behind a load balancer', function () {
  this.timeout(60_000)

  let engine: EngineProcess
  before(async () => {
    engine = await EngineProcess.start(folder => ({
      config: [
        'x_forwarded_for_authorized_addrs = ["127.0.0.1"]',
        'x_forwarded_for_reject_not_present = false',
        '[[audit]]',
        `file_path = "${folder}/audit.log"`,
        '',
      ].join('\n'),
    }))
    await engine.prepare()
  })
  after(() => engine?.[Symbol.asyncDispose]())

  /** Redeems a password that is none, through the balancer or around it. Gives the status. */
  const verify = (forwarded: string, localAddress = '127.0.0.1') =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'X-Forwarded-For': forwarded }
      const settings = { method: 'POST', headers, localAddress }
      const asked = request(`${engine.url}/v1/ssh/verify`, settings, answer =>
        resolve(answer.resume().statusCode),
      )
      asked.on('error', reject).end('{"otp":"2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c"}')
    })

  const lines = () => readFileSync(join(engine.folder, 'audit.log'), 'utf8')

  it('limits who guesses, and not those behind the same balancer', async () => {
    expect(await verify('203.0.113.9')).to.equal(400)
    // faster than the source is forgiven, however slow one request is
    const guesses = Array.from({ length: 300 }, () => verify('203.0.113.9'))
    expect(await Promise.all(guesses)).to.include(429)
    expect(await verify('203.0.113.10')).to.equal(400)
  })

  it('writes down where a request comes from', async () => {
    await verify('203.0.113.11')
    expect(lines()).to.include('"remote_address":"203.0.113.11"')
  })

  it('takes no word of anybody else', async () => {
    expect(await verify('203.0.113.12', '127.0.0.2')).to.equal(400)
    expect(lines()).to.not.include('203.0.113.12')
  })
})
