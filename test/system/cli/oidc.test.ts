import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { freePort } from '../../support/free-port.ts'
import { browse, provider } from '../../support/provider.ts'
import { type CommandLine, commandLine } from './command-line.ts'

describe('postern login -method=oidc', () => {
  let line: CommandLine
  let port: number
  let back: string
  let them: Awaited<ReturnType<typeof provider>>

  beforeEach(async () => {
    line = await commandLine()
    port = await freePort()
    back = `http://localhost:${port}/oidc/callback`
    them = await provider(back)
    await line.must('auth enable oidc')
    const input = JSON.stringify(them.config)
    await line.run(['write', 'auth/oidc/config', '-'], { input })
    await line.must(
      `write auth/oidc/role/people user_claim=sub token_policies=web allowed_redirect_uris=${back}`,
    )
  })
  afterEach(async () => {
    await them[Symbol.asyncDispose]()
    await line[Symbol.asyncDispose]()
  })

  it('opens a browser, waits for it to come back, and keeps the token', async () => {
    const seen = join(line.folder, 'url')
    const opener = join(line.folder, 'xdg-open')
    writeFileSync(
      opener,
      `#!/bin/sh\nenv > ${seen}.env\nprintf %s "$1" > ${seen}.part && mv ${seen}.part ${seen}\n`,
      {
        mode: 0o700,
      },
    )
    const tokens = { POSTERN_TOKEN: 'root', VAULT_TOKEN: 'root', BAO_TOKEN: 'root' }
    const environment = { POSTERN_TOKEN: '', PATH: `${line.folder}:${process.env.PATH}` }
    const ended = line.run(['login', '-method=oidc', 'role=people', `port=${port}`], {
      environment: { ...environment, ...tokens },
    })
    while (!existsSync(seen)) await setTimeout(20)
    expect(readFileSync(`${seen}.env`, 'utf8')).not.to.match(/_TOKEN=/)
    const url = await browse(readFileSync(seen, 'utf8'), { back, name: 'ann' })
    const page = await fetch(url)
    expect([page.status, await page.text()]).to.deep.equal([
      200,
      'You are logged in. You can close this window and go back to your terminal.\n',
    ])
    const { code, out, err } = await ended
    expect(err).to.match(/^Complete the login via your OIDC provider\./)
    expect(code).to.equal(0)
    expect(out).to.match(/^Success! You are now authenticated\./)
    const looked = await line.run(['token', 'lookup', '-field=display_name'], { environment })
    expect(looked.out).to.equal('oidc-ann')
  })

  it('waits for the browser, whoever else comes to its port', async () => {
    const words = ['login', '-method=oidc', 'role=people', 'skip_browser=true', `port=${port}`]
    const told = Promise.withResolvers<string>()
    const ended = line.run(words, {
      environment: { POSTERN_TOKEN: '' },
      told: said => {
        const [url] = /http:\S+/.exec(said) ?? []
        if (url && said.includes('Waiting')) told.resolve(url)
      },
    })
    const start = await told.promise
    const state = new URL(start).searchParams.get('state') ?? ''
    const path = `/oidc/callback?state=${state}&code=x`
    for (const [target, host] of [
      ['/oidc/callback?state=evil&code=x', 'localhost'],
      ['/oidc/callback', 'localhost'],
      ['//[', 'localhost'],
      ['http://[', 'localhost'],
      ['*', 'localhost'],
      [path, 'evil.example'],
      [path, `localhost.evil.example:${port}`],
      [path, '['],
      [`/other?state=${state}`, 'localhost'],
      [`//localhost${path}`, 'localhost'],
    ] as const)
      expect(await send(`GET ${target} HTTP/1.1`, host), target).to.match(/^HTTP\/1.1 404 /)
    expect(await send(`POST ${path} HTTP/1.1`, 'localhost')).to.match(/^HTTP\/1.1 404 /)
    expect(await send('\0\r\n', 'x')).to.match(/^HTTP\/1.1 400 /)

    const url = await browse(start, { back, name: 'ann' })
    expect((await fetch(url)).status).to.equal(200)
    expect((await ended).code).to.equal(0)
  })

  for (const wrong of ['x', '-1', '70000', '1.5', ''])
    it(`refuses the port "${wrong}"`, async () => {
      const { code, err } = await line.run(['login', '-method=oidc', `port=${wrong}`])
      expect([code, err]).to.deep.equal([1, "'port' must be a number from 0 to 65535\n"])
    })

  /** Sends a request that no client would, and gives the answer. */
  async function send(first: string, host: string): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    socket.write(`${first}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    return text(socket)
  }

  it('says that the role does not allow this redirect', async () => {
    const words = ['login', '-method=oidc', 'role=people', 'callbackhost=elsewhere', `port=${port}`]
    const { code, err } = await line.run(words)
    expect(code).to.equal(2)
    expect(err).to.match(
      /^Unable to authorize role "people" with redirect_uri "http:\/\/elsewhere:/,
    )
  })
})
