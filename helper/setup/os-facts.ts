import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { outputOf } from '../commands/run-program.ts'
import { Refusal } from '../refusal.ts'
import type { HostFacts } from './layout.ts'
import { checkSshd } from './sshd-steps.ts'

/** Where sshd is installed. */
const PROGRAMS = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd', '/sbin/sshd']

/** The path of sshd; it must be absolute, since sshd executes itself again. @throws {Refusal} if there is none */
export function sshdProgram(): string {
  const found = PROGRAMS.find(existsSync)
  if (found) return realpathSync(found)
  throw new Refusal('settings', `sshd is not installed: none of ${PROGRAMS.join(', ')} is there`)
}

/** The configuration file of sshd: openSUSE has its own in /usr/etc until an administrator writes one. */
export const sshdConfigFile = (): string =>
  ['/etc/ssh/sshd_config', '/usr/etc/ssh/sshd_config'].find(existsSync) ?? '/etc/ssh/sshd_config'

/** Looks at this host. @throws {Refusal} if sshd cannot start with its present configuration */
export function hostFacts(): HostFacts {
  const sshd = sshdProgram()
  checkSshd(sshd, 'the configuration of sshd has errors, before any change')
  return {
    osRelease: textOf('/etc/os-release') ?? '',
    isMusl: hasMusl(),
    abilities: {
      namesService: knows(sshd, 'PAMServiceName=sshd'),
      limitsSources: knows(sshd, 'PerSourceMaxStartups=30'),
    },
    exists: existsSync,
    sshdConfig: textOf(sshdConfigFile()),
  }
}

function knows(sshd: string, setting: string): boolean {
  try {
    outputOf(setting, [sshd, '-t', '-o', setting])
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

const hasMusl = (): boolean =>
  existsSync('/lib') &&
  readdirSync('/lib').some(name => /^ld-musl-.*\.so\.1$/.test(name)) &&
  !hasGlibc()

const hasGlibc = (): boolean =>
  ['/lib64', '/lib', '/usr/lib64', '/usr/lib'].some(
    folder =>
      existsSync(folder) && readdirSync(folder).some(name => /^ld-linux-.*\.so\./.test(name)),
  )

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
