import { Site } from '../../support/site.ts'

/** Shows the main job on real parts: a login with a one-time password, and that the same password does not work twice. */

const started = Date.now()

function say(text: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(`${seconds.padStart(5)}s  ${text}`)
}

/** Runs the steps; whatever happens, nothing is left behind. */
async function main(): Promise<void> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => reject(new Error(`interrupted by ${signal}`)))
  })
  // nobody may be waiting for it yet, nor any more
  interrupted.catch(() => {})
  const starting = Site.start()
  try {
    const site = await starting
    await Promise.race([steps(site), interrupted])
    process.exitCode = 0
  } catch (error) {
    console.error(`the demo failed: ${(error as Error).message}`)
    process.exitCode = 1
  }
  const site = await starting.catch(() => undefined)
  await site?.[Symbol.asyncDispose]()
  if (site) say('stopped the engine and the host; nothing is left')
  // a step that was interrupted may still wait for something that is gone
  process.exit()
}

async function steps(site: Site): Promise<void> {
  say(`started the engine at ${site.engineUrl}, with a certificate of a throw-away CA`)

  const host = await site.host({ name: 'web', number: 11 })
  say(`started the host web at ${host.ip4}: an sshd of its own, whose PAM stack runs the helper`)

  say(await site.must('secrets', 'enable', 'ssh'))
  const role = ['key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24', 'ttl=5m']
  say(await site.must('write', 'ssh/roles/web', ...role))

  const health = await host.run(['/usr/local/sbin/postern-helper', '-verify-only'])
  if (health.code !== 0) throw new Error(`the helper is not well: ${health.stderr}`)
  say(`postern-helper -verify-only says: ${health.stdout.trim()}`)

  const otp = await site.must('write', '-field=key', 'ssh/creds/web', `ip=${host.ip4}`)
  say(`issued a one-time password for alice on ${host.ip4}: ${otp}`)

  const login = { host, user: 'alice', otp, command: 'echo "this is $(id -un) on $(hostname)"' }
  say(`$ ssh alice@${host.ip4}`)
  const first = await site.login(login)
  if (first.code !== 0) throw new Error(`the login was refused: ${first.stderr}`)
  say(`the host says: ${first.stdout.trim()}`)
  say('authenticated')

  say(`$ ssh alice@${host.ip4}, with the same password`)
  const second = await site.login(login)
  if (second.code === 0) throw new Error('the password worked twice')
  say(`refused: ${second.stderr.trim()}`)
  const [reason = ''] = (await host.read('/var/log/postern-helper.log'))
    .trim()
    .split('\n')
    .slice(-1)
  // without the time, the host and the process before it
  say(`the helper's log says: ${reason.replace(/^.*?(?=decision=)/, '')}`)
}

main()
