import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { confirm, provider } from '../../support/provider.ts'
import { type CommandLine, commandLine } from './command-line.ts'

const BACK = 'http://localhost:8250/oidc/callback'
const LOGIN = ['login', '-method=oidc', 'role=anywhere', 'skip_browser=true']
const NOBODY = { POSTERN_TOKEN: '' }

describe('postern login -method=oidc callbackmode=device', () => {
  let line: CommandLine
  let them: Awaited<ReturnType<typeof provider>>

  async function begin(lifetimes: { readonly device?: number } = {}) {
    line = await commandLine()
    them = await provider(BACK, lifetimes)
    await line.must('auth enable oidc')
    const input = JSON.stringify(them.config)
    await line.run(['write', 'auth/oidc/config', '-'], { input })
    const role = `user_claim=sub token_policies=web allowed_redirect_uris=${BACK}`
    await line.must(`write auth/oidc/role/anywhere ${role} callback_mode=device poll_interval=1`)
    await line.must(`write auth/oidc/role/people ${role}`)
  }
  afterEach(async () => {
    await them[Symbol.asyncDispose]()
    await line[Symbol.asyncDispose]()
  })

  /** Runs the command, and does at the provider what `act` does with the address that is shown. */
  async function logIn(act: (url: string) => Promise<unknown>, ...more: readonly string[]) {
    const told = Promise.withResolvers<string>()
    const ended = line.run([...LOGIN, ...more], {
      environment: NOBODY,
      told: said => said.includes('Waiting') && told.resolve(/http:\S+/.exec(said)?.[0] ?? ''),
    })
    const done = await act(await told.promise)
    return { ...(await ended), done }
  }

  it('waits until the user has confirmed the login elsewhere, and keeps the token', async () => {
    await begin()
    const act = (url: string) => confirm(url, { name: 'ann' })
    const { code, out, err, done } = await logIn(act, 'callbackmode=device')
    expect(err.replace(/http:\S+/, 'URL')).to.equal(
      `Complete the login via your OIDC provider. Open this in a browser, on this machine or on any other:

    URL

Confirm the login only if the page shows the code ${done}

Waiting for OIDC authentication to complete... (Ctrl-C gives up)
`,
    )
    expect(code).to.equal(0)
    expect(out).to.match(/^Success! You are now authenticated\./)
    const looked = await line.run(['token', 'lookup', '-field=display_name'], {
      environment: NOBODY,
    })
    expect(looked.out).to.equal('oidc-ann')
  })

  it('finds out by itself how the role logs in, and says that the login was denied', async () => {
    await begin()
    const act = (url: string) => confirm(url, { name: 'ann', denies: true })
    const { code, err } = await logIn(act)
    expect(code).to.equal(2)
    expect(err).to.match(/authorization failed: access_denied\n\nThe login was denied at the prov/)
  })

  it('says that the time is up', async () => {
    await begin({ device: 1 })
    const { code, err } = await logIn(async () => {})
    expect(code).to.equal(2)
    expect(err).to.match(/Expired or missing OAuth state\.\n\nThe login was not completed in time/)
  })

  for (const [words, code, message] of [
    [
      ['skip_browser=false', 'abort_on_error=true'],
      1,
      /\nfailed to launch the browser abort_on_error=true, err=spawn [a-z-]+ ENOENT\n$/,
    ],
    [['callbackmode=phone'], 1, /^'callbackmode' must be one of client, device, direct\n$/],
    [
      ['callbackmode=client'],
      2,
      /^state returned in client callback mode: leave out callbackmode=client, since the role "anywhere" has/,
    ],
    [
      ['callbackmode=device', 'role=people'],
      2,
      /^no state returned in device callback mode: the role "people" must have callback_mode=device;/,
    ],
  ] as const)
    it(`refuses ${words.join(' ')}`, async () => {
      await begin()
      const nameIn = (word: string) => word.split('=')[0]
      const others = LOGIN.filter(word => !words.map(nameIn).includes(nameIn(word)))
      const environment = { ...NOBODY, PATH: line.folder }
      const ended = await line.run([...others, ...words], { environment })
      expect(ended.code).to.equal(code)
      expect(ended.err).to.match(message)
    })

  it('draws the address at a terminal, and gives up at Ctrl-C', async () => {
    await begin()
    const main = `${import.meta.dirname}/../../../engine/main.ts`
    const words = [process.execPath, main, ...LOGIN].map(word => `'${word}'`).join(' ')
    const env = { ...line.environment, ...NOBODY, NO_COLOR: '1', TERM: 'xterm' }
    const child = spawn('script', ['-qec', `stty cols 100; exec ${words}`, '/dev/null'], { env })
    let [said, isStopped] = ['', false]
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said += chunk
      if (isStopped || !said.includes('Waiting for')) continue
      isStopped = true
      child.stdin.write('\x03')
    }
    const code = child.exitCode ?? (await once(child, 'exit'))[0]
    expect(code).to.equal(130)
    expect(said).to.match(/(?:[█▀▄ ]{30,}\r\n){15,}/)
    expect(said).to.match(/Confirm the login only if the page shows the code [A-Z-]+\r\n/)
  })
})
