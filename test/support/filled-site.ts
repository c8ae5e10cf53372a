import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Host } from './lab.ts'
import { ENGINEER, makeUser, type PageUser, SYSADMIN } from './page-user.ts'
import type { Site } from './site.ts'

/** What a site was filled with. */
export interface FilledSite {
  /** An enrolled host, where a user `bob` may log in. */
  readonly host: Host
  readonly engineer: PageUser
  readonly sysadmin: PageUser
  /** A public key of OpenSSH. */
  readonly publicKey: string
}

/** The roles, of each kind. */
const ROLES = {
  web: { key_type: 'otp', default_user: 'bob', cidr_list: '10.77.0.0/16', ttl: '5m' },
  database: { key_type: 'otp', default_user: 'postgres', cidr_list: '10.9.0.0/16' },
  engineers: {
    ...{ key_type: 'ca', allow_user_certificates: true, default_user: 'bob', allowed_users: 'bob' },
    ...{ ttl: '8h', max_ttl: '24h', default_extensions: { 'permit-pty': '' } },
  },
}

/** Hosts that were announced and have not enrolled yet, besides the real one. */
const ANNOUNCED = ['db-1', 'db-2', 'mail-1']

/** Fills the engine of a site with what a page can show: a real enrolled host, roles, certificates, users, an audit log. */
export async function fillSite(site: Site): Promise<FilledSite> {
  await site.must('audit', 'enable', 'file', `file_path=${site.folder}/audit.log`)
  await site.must('secrets', 'enable', 'ssh')
  await site.must('auth', 'enable', '-listing-visibility=unauth', 'userpass')
  await site.must('write', 'ssh/issuers/import/2026', 'key_type=ssh-ed25519')
  for (const [name, role] of Object.entries(ROLES)) {
    const file = join(site.folder, `${name}.json`)
    writeFileSync(file, JSON.stringify(role))
    await site.must('write', `ssh/roles/${name}`, `@${file}`)
  }
  const host = await site.host({ name: 'web', number: 11 })
  await enrol(site, host)
  for (const name of ANNOUNCED) await site.must('write', `ssh/hosts/${name}`, 'groups=databases')
  await site.must('write', 'ssh/hosts/mail-1', 'disabled=true')
  const otp = await site.issue('web', 'bob', host.ip4)
  await site.login({ host, user: 'bob', otp })
  return {
    host,
    engineer: await makeUser(site, 'alice', ENGINEER),
    sysadmin: await makeUser(site, 'carol', SYSADMIN),
    publicKey: await signedKeys(site),
  }
}

async function enrol(site: Site, host: Host): Promise<void> {
  const token = await site.must('write', '-f', '-field=token', 'ssh/hosts/web-1/enroll')
  await host.run(['sh', '-c', 'umask 077; cat > /root/token'], { input: token })
  const { code, stderr } = await host.run([
    ...['/usr/local/sbin/postern-helper', 'enroll'],
    ...['-name=web-1', '-token-file=/root/token'],
  ])
  if (code !== 0) throw new Error(`the host was not enrolled: ${stderr}`)
}

/** Makes a few certificates for a new key, and gives the key. */
async function signedKeys(site: Site): Promise<string> {
  const file = `${site.folder}/id_ed25519`
  await site.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'alice@laptop', '-f', file])
  const { stdout } = await site.run(['cat', `${file}.pub`])
  for (let count = 0; count < 3; count++)
    await site.must('write', 'ssh/sign/engineers', `public_key=${stdout.trim()}`)
  return stdout.trim()
}
