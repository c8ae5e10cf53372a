import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Context } from '../../helper/doctor/context.ts'
import { type HostView, hostView, type Ran } from '../../helper/doctor/host-view.ts'

/** What sshd of Debian 13 prints with the drop-in of packaging, as far as the checks look at it. */
const SSHD_T = `port 22
usepam yes
pamservicename sshd
logingracetime 60
maxauthtries 6
permitrootlogin without-password
pubkeyauthentication yes
kerberosauthentication no
passwordauthentication no
kbdinteractiveauthentication yes
permitemptypasswords no
trustedusercakeys none
revokedkeys none
authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2
hostkey /etc/ssh/ssh_host_ed25519_key
authenticationmethods any
maxstartups 100:30:300
persourcepenalties crash:90 authfail:5 noauth:1 grace-exceeded:10 refuseconnection:10 max:600 min:15 max-sources4:65536 max-sources6:65536 overflow:permissive overflow6:permissive
`

const HELPER = '/usr/local/sbin/postern-helper'

/** The files of Debian 13, set up as docs/hosts.md says. */
const FILES: Readonly<Record<string, string>> = {
  '/etc/ssh/sshd_config': `Include /etc/ssh/sshd_config.d/*.conf
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
`,
  '/etc/ssh/sshd_config.d/10-postern.conf': `UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication no
LoginGraceTime 60
`,
  '/etc/pam.d/sshd': `# PAM configuration for the Secure Shell service
# begin postern, in place of: @include common-auth
auth requisite pam_nologin.so
auth requisite pam_exec.so quiet stdout expose_authtok ${HELPER} -tell-user
auth required  pam_env.so
# end postern
account    required     pam_nologin.so
@include common-account
`,
  '/etc/pam.d/common-account': `account	[success=1 new_authtok_reqd=done default=ignore]	pam_unix.so
account	requisite			pam_deny.so
account	required			pam_permit.so
`,
  '/etc/pam.d/common-auth': `auth	[success=1 default=ignore]	pam_unix.so nullok
auth	requisite			pam_deny.so
auth	required			pam_permit.so
`,
  '/etc/pam.d/other': '@include common-auth\n@include common-account\n',
  '/etc/postern/helper.toml': `vault_addr = "https://127.0.0.1:1"
allowed_roles = "*"
`,
  [HELPER]: '#!/bin/sh\n',
}

/** A host in a directory, for checks that run no real sshd. */
export class DoctorHost {
  readonly root = mkdtempSync(join(tmpdir(), 'postern-doctor-'))
  /** What programs print, by the words of their command; others cannot be run. */
  readonly programs = new Map<string, Ran>()
  now = Date.now()

  constructor() {
    for (const [file, text] of Object.entries(FILES)) this.write(file, text)
    this.prints('sshd -T', SSHD_T)
    this.prints(`${HELPER} -version`, 'postern-helper 0.0.0-development\n')
  }

  write(file: string, text: string, mode = file === HELPER ? 0o755 : 0o644): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true, mode: 0o755 })
    writeFileSync(join(this.root, file), text, { mode })
  }

  remove(file: string): void {
    rmSync(join(this.root, file), { recursive: true, force: true })
  }

  /** Changes a file, which must change. */
  edit(file: string, change: (text: string) => string): void {
    const before = this.view.text(file) ?? ''
    const after = change(before)
    if (after === before) throw new Error(`${file} has not changed`)
    this.write(file, after)
  }

  prints(command: string, stdout: string, code = 0): void {
    this.programs.set(command, { code, stdout: code === 0 ? stdout : '', stderr: stdout })
  }

  /** Has `sshd -T` print another value of a setting. */
  sshd(keyword: string, value: string): void {
    const { stdout = '' } = this.programs.get('sshd -T') ?? {}
    const others = stdout.split('\n').filter(line => !line.startsWith(`${keyword} `))
    this.prints('sshd -T', [`${keyword} ${value}`, ...others].join('\n'))
  }

  get view(): HostView {
    const view = hostView(this.root)
    return {
      ...view,
      isRoot: true,
      // whoever runs the tests stands for root
      stat: file => {
        const found = view.stat(file)
        return found && Object.assign(found, { uid: 0 })
      },
      run: words =>
        this.programs.get(words.join(' ')) ?? { code: undefined, stdout: '', stderr: '' },
    }
  }

  context(configFile = join(this.root, 'etc/postern/helper.toml')): Context {
    return new Context({ host: this.view, configFile, dev: false, time: () => this.now })
  }

  /** Copies a file of the machine. */
  copy(from: string, to: string): void {
    mkdirSync(dirname(join(this.root, to)), { recursive: true })
    cpSync(from, join(this.root, to))
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}
