import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ended, Host } from '../lab.ts'
import type { Release } from '../releases.ts'
import { ENGINE_IP, Site } from '../site.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** Where the pages say that the host is. */
export const HOST_IP = '10.1.2.3'
const HOST_NAME = 'web.example.com'

/** Where they say that a host on the way is, which is the same one here. */
const JUMP_IP = '10.1.2.4'

/** Where a block is typed in: by an administrator of the engine, or a user, on a machine of their own; or as root of the host. */
export type Place = 'engine' | 'host'

/** An engine, an administrator and a fresh host, at the names and addresses that the pages use. */
export class Walk {
  readonly site: Site
  readonly host: Host

  private constructor(site: Site, host: Host) {
    this.site = site
    this.host = host
  }

  static async start(release: Release): Promise<Walk> {
    const site = await Site.start()
    try {
      const { folder } = site
      desk(site)
      clone(folder)
      await site.lab.run(['mount', '--bind', join(folder, 'hosts'), '/etc/hosts'])
      await site.lab.run(['ip', 'addr', 'add', '10.1.0.1/16', 'dev', 'br0'])
      const host = await site.host({ name: 'web', number: 11, release, bare: true, setup: SETUP })
      const inside = ['nsenter', '--net=/run/netns/web', 'ip', 'addr', 'add']
      for (const ip of [HOST_IP, JUMP_IP])
        await site.lab.run([...inside, `${ip}/16`, 'dev', 'eth0'])
      return new Walk(site, host)
    } catch (error) {
      await site[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The folder in which the administrator types. */
  get desk(): string {
    return join(this.site.folder, 'desk')
  }

  /** Types a block in, as it stands, and stops at the first command that fails. */
  type(place: Place, block: string, { input = '' } = {}): Promise<Ended> {
    const script = strict(block)
    if (place === 'host')
      return this.host.run(['bash', '-lc', `export HOME=/root; cd /setup/clone\n${script}`], {
        input,
      })
    return this.site.lab.run(['bash', '-c', `cd ${this.desk}\n${script}`], {
      env: {
        ...this.site.environment,
        HOME: this.desk,
        PATH: `${this.desk}/bin:${process.env.PATH}`,
      },
      input,
    })
  }

  /** The same, for what must succeed; gives what it printed. @throws {Error} with all that it said */
  async must(place: Place, block: string, input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.type(place, block, { input })
    if (code !== 0) throw new Error(`exit code ${code} of\n${block}\n${stdout}${stderr}`)
    return stdout
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.site[Symbol.asyncDispose]()
  }
}

/** The folder of an administrator: the programs in their path, and what the pages call for by name. */
function desk({ folder, authority }: Site): void {
  const own = join(folder, 'desk')
  mkdirSync(join(own, 'bin'), { recursive: true })
  mkdirSync(join(own, '.ssh'), { mode: 0o700 })
  symlinkSync(join(ROOT, 'dist/postern'), join(own, 'bin/postern'))
  cpSync(authority.caFile, join(own, 'ca.pem'))
  const names = ['engine', 'ci', 'id'].map(name => `${name}.example.com`).join(' ')
  writeFileSync(
    join(folder, 'hosts'),
    `127.0.0.1 localhost\n${ENGINE_IP} ${names}\n${HOST_IP} ${HOST_NAME}\n`,
  )
  // OpenSSH finds its files by the user's entry in passwd, whatever HOME says
  writeFileSync(join(own, '.ssh/config'), `UserKnownHostsFile ${own}/.ssh/known_hosts\n`)
  writeFileSync(join(own, 'bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${own}/.ssh/config "$@"\n`)
  chmodSync(join(own, 'bin/ssh'), 0o755)
}

/** What an administrator has brought to the host: the built programs, packaging/, and the CA certificate. */
function clone(folder: string): void {
  const own = join(folder, 'clone')
  mkdirSync(join(own, 'dist'), { recursive: true })
  linkSync(join(folder, 'postern-helper'), join(own, 'dist/helper'))
  cpSync(join(ROOT, 'dist/postern'), join(own, 'dist/postern'))
  cpSync(join(folder, 'packaging'), join(own, 'packaging'), { recursive: true })
  cpSync(join(folder, 'ca.pem'), join(own, 'ca.pem'))
  cpSync(join(import.meta.dirname, 'systemctl'), join(folder, 'systemctl'))
}

/** No systemd runs in a lab's hosts, so a program takes its place that runs what the units say. */
const SETUP = `
useradd -m -s /bin/bash -p '*' ubuntu
echo '${ENGINE_IP} engine.example.com' >> /etc/hosts
install -m 755 /setup/systemctl /usr/bin/systemctl
printf '#!/bin/sh\\ngrep "$2" /var/log/auth.log | tail -n "$4"\\n' > /usr/bin/journalctl
chmod 755 /usr/bin/journalctl
`

/** Adds to each command, which may be of several lines, that the rest is not run if it fails. */
function strict(block: string): string {
  const done: string[] = []
  let open = ''
  for (const line of block.split('\n')) {
    open += `${line}\n`
    if (!isWhole(open)) continue
    done.push(open, 'code=$?; [ $code = 0 ] || exit $code')
    open = ''
  }
  return [...done, open].join('\n')
}

/** Whether bash would run this without waiting for more. */
function isWhole(text: string): boolean {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' })
  return status === 0 && stderr === '' && !text.trimEnd().endsWith('\\')
}
