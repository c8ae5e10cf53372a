import { execFile } from 'node:child_process'
import { expect } from 'chai'
import { bao as program } from '../../support/clients.ts'
import { DevBao } from '../../support/dev-bao.ts'
import { browse, confirm, provider } from '../../support/provider.ts'
import { type Recorded, recordingProxy } from '../../support/recording-proxy.ts'
import { type CommandLine, commandLine } from '../cli/command-line.ts'

const ROLE = { user_claim: 'sub', callback_mode: 'device', poll_interval: 1 }

const LOGIN = [
  ...['login', '-no-store', '-method=oidc'],
  ...['role=anywhere', 'callbackmode=device', 'skip_browser=true'],
]

interface Server {
  readonly name: string
  readonly address: string
}

describe('The device flow of postern and bao', function () {
  this.timeout(60_000)

  let them: Awaited<ReturnType<typeof provider>>
  let line: CommandLine
  let bao: DevBao
  /** The address that the provider redirects to. */
  let back: string
  let servers: Readonly<Record<'postern' | 'bao', Server>>

  before(async () => {
    line = await commandLine()
    bao = await DevBao.start()
    back = `${bao.address}/v1/auth/oidc/oidc/callback`
    them = await provider(back)
    servers = {
      postern: { name: 'postern', address: line.address },
      bao: { name: 'bao', address: bao.address },
    }
    for (const server of Object.values(servers)) {
      await write(server, 'sys/auth/oidc', { type: 'oidc' })
      // bao proves who it is in the form only
      await write(server, 'auth/oidc/config', { ...them.config, oidc_client_id: 'in-the-form' })
      await write(server, 'auth/oidc/role/anywhere', { ...ROLE, allowed_redirect_uris: back })
    }
  })
  after(async () => {
    await bao[Symbol.asyncDispose]()
    await line[Symbol.asyncDispose]()
    await them[Symbol.asyncDispose]()
  })

  async function write({ address }: Server, path: string, data: object) {
    const sent = {
      method: 'PUT',
      headers: { 'x-vault-token': 'root' },
      body: JSON.stringify(data),
    }
    const answer = await fetch(`${address}/v1/${path}`, sent)
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  const auth_url = (server: Server, data: object = {}) =>
    write(server, 'auth/oidc/oidc/auth_url', { role: 'anywhere', client_nonce: 'n', ...data })
  const poll = async (server: Server, data: object) => {
    const { status, body } = await write(server, 'auth/oidc/oidc/poll', {
      client_nonce: 'n',
      ...data,
    })
    // newer servers say OpenBao; Vault's page, and ours, look for the older name
    const errors = body.errors?.map((text: string) => text.replace(/^OpenBao login/, 'Vault login'))
    return status === 200 ? body.auth.metadata : { status, errors }
  }

  /** What a client of the server sees of logins that go well and of those that do not. */
  async function seen(server: Server) {
    const nextPoll = () => new Promise(resolve => setTimeout(resolve, 600))
    const begin = async () => (await auth_url(server)).body.data
    const [confirmed, denied] = [await begin(), await begin()]
    const pending = await poll(server, confirmed)
    await confirm(confirmed.auth_url, { name: 'ann' })
    await confirm(denied.auth_url, { name: 'ann', denies: true })
    await nextPoll()
    return {
      keys: Object.keys(confirmed).sort(),
      poll_interval: confirmed.poll_interval,
      pending,
      loggedIn: await poll(server, confirmed),
      usedUp: await poll(server, confirmed),
      denied: await poll(server, denied),
      unknown: await poll(server, { state: 'st_x' }),
      otherNonce: await poll(server, { ...(await begin()), client_nonce: 'other' }),
      withoutNonce: await auth_url(server, { client_nonce: '' }),
      noRole: await auth_url(server, { role: 'nope' }),
    }
  }

  it('looks the same to clients of either server', async () => {
    const [ours, theirs] = await Promise.all([seen(servers.postern), seen(servers.bao)])
    expect(ours).to.deep.equal(theirs)
  })

  /** Runs a command line on a server, and confirms the login that it shows. Gives how it ended, and what it has sent. */
  async function logIn(client: 'postern' | 'bao', server: Server) {
    await using proxy = await recordingProxy(server.address)
    const told = Promise.withResolvers<string>()
    const listen = (said: string) => {
      const [url] = /http:\S+(?=\s)/.exec(said) ?? []
      if (url && said.includes('Waiting')) told.resolve(url)
    }
    const run = client === 'bao' ? runBao : runPostern
    const ended = run(proxy.address, listen)
    const shown = await confirm(await told.promise, { name: 'ann' })
    const { code, out, err } = await ended
    expect(code, out + err).to.equal(0)
    return { name: JSON.parse(out).auth.metadata, err, shown, sent: proxy.take().map(alike) }
  }

  const runPostern = (address: string, told: (said: string) => void) =>
    line.run([...LOGIN, '-format=json'], {
      environment: { POSTERN_ADDR: address, POSTERN_TOKEN: '' },
      told,
    })

  const runBao = (address: string, told: (said: string) => void) =>
    new Promise<{ code: number; out: string; err: string }>(resolve => {
      const env = { PATH: process.env.PATH, HOME: bao.folder, BAO_ADDR: address }
      const words = [...LOGIN, '-format=json']
      const child = execFile(program(), words, { env }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      )
      let said = ''
      child.stderr?.on('data', part => {
        said += part
        told(said)
      })
    })

  it('logs in with postern at a server of bao', async () => {
    const { name, err, shown } = await logIn('postern', servers.bao)
    expect(name).to.deep.equal({ role: 'anywhere' })
    expect(err).to.include(`page shows the code ${shown}\n`)
  })

  it('logs in with bao at a server of postern, with the same requests as with postern', async () => {
    const theirs = await logIn('bao', servers.postern)
    expect(theirs.name).to.deep.equal({ role: 'anywhere' })
    expect((await logIn('postern', servers.postern)).sent).to.deep.equal(theirs.sent)
  })

  it('logs in with postern where the provider redirects to the server of bao', async () => {
    const role = {
      ...ROLE,
      allowed_redirect_uris: back,
      callback_mode: 'direct',
      oidc_disable_confirmation: true,
    }
    await write(servers.bao, 'auth/oidc/role/anywhere', role)
    const words = [...LOGIN.filter(word => !word.startsWith('callback')), 'callbackmode=direct']
    const told = Promise.withResolvers<string>()
    const ended = line.run([...words, '-token-only'], {
      environment: { POSTERN_ADDR: bao.address, POSTERN_TOKEN: '' },
      told: said => said.includes('Waiting') && told.resolve(/http:\S+/.exec(said)?.[0] ?? ''),
    })
    const page = await fetch(await browse(await told.promise, { back, name: 'ann' }))
    expect(page.status).to.equal(200)
    const { code, err } = await ended
    expect(code, err).to.equal(0)
  })

  /** A request without what is random. */
  const alike = ({ method, path, body, hasToken, headers }: Recorded) => ({
    ...{ method, path, hasToken, headers },
    body: Object.fromEntries(
      Object.entries(body as object).map(([name, value]) => [
        name,
        ['state', 'client_nonce'].includes(name) ? 'random' : value,
      ]),
    ),
  })
})
