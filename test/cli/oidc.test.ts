import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import { browse, provider } from '../support/provider.ts'
import { type CommandLine, commandLine } from './command-line.ts'

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>(resolve => server.close(() => resolve()))
  return port
}

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
    const config = {
      oidc_discovery_url: them.url,
      oidc_client_id: 'postern',
      oidc_client_secret: 's3cret & more',
    }
    await line.run(['write', 'auth/oidc/config', '-'], { input: JSON.stringify(config) })
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
    writeFileSync(opener, `#!/bin/sh\nprintf %s "$1" > ${seen}.part && mv ${seen}.part ${seen}\n`, {
      mode: 0o700,
    })
    const environment = { POSTERN_TOKEN: '', PATH: `${line.folder}:${process.env.PATH}` }
    const ended = line.run(['login', '-method=oidc', 'role=people', `port=${port}`], {
      environment,
    })
    while (!existsSync(seen)) await setTimeout(20)
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

  it('says that the role sends nobody back there', async () => {
    const words = ['login', '-method=oidc', 'role=people', 'callbackhost=elsewhere', `port=${port}`]
    const { code, err } = await line.run(words)
    expect(code).to.equal(2)
    expect(err).to.match(
      /^Unable to authorize role "people" with redirect_uri "http:\/\/elsewhere:/,
    )
  })
})
