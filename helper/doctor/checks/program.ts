import { version } from '../../../shared/version.ts'
import { check } from '../check.ts'
import type { Context } from '../context.ts'
import { quoted } from '../mend.ts'

const OF_OTHERS = 0o022

export const program = check({
  name: 'program',
  text: 'The program in the PAM line: that it is there, can be run, that only root can change it, and its version. One that cannot be run writes no log: sshd says "failed: exit code" in its own.',
  dependsOn: ['root'],
  causes: {
    missing: 'The program is not there: every one-time password is refused.',
    'not-executable': 'The program cannot be executed: every one-time password is refused.',
    fails: 'The program ends at once, for lack of memory that may be executed for example.',
    writable: 'Other users can change the program, and so let anybody in.',
    version: 'PAM runs another version than this one.',
  },
  run: context => {
    const path = context.stack.helper?.command.program
    return path === undefined || !path.startsWith('/') ? undefined : inspect(path, context)
  },
})

const LOG = "the helper cannot log this: see sshd's log, journalctl -t sshd -n 20"

function inspect(path: string, { host }: Context) {
  const found = host.stat(path)
  if (!found)
    return {
      ...({ level: 'failure', cause: 'missing' } as const),
      says: `${path}, which the PAM line runs, is not there; ${LOG}`,
      mend: `install -m 755 ${quoted(process.execPath)} ${quoted(path)}`,
    }
  if (found.uid !== 0 || (found.mode & OF_OTHERS) !== 0)
    return {
      ...({ level: 'failure', cause: 'writable' } as const),
      says: `users other than root can change ${path}, which decides about logins, and may have done so`,
      mend: `chown root: ${quoted(path)} && chmod go-w ${quoted(path)}   # after a comparison with the program that you installed`,
    }
  if ((found.mode & 0o111) === 0)
    return {
      ...({ level: 'failure', cause: 'not-executable', safe: true } as const),
      says: `${path} is not executable; ${LOG}`,
      mend: `chmod 755 ${quoted(path)}`,
    }
  const { code, stdout, stderr } = host.run([path, '-version'])
  if (code !== 0)
    return {
      ...({ level: 'failure', cause: 'fails' } as const),
      says: `${path} cannot be run (${stderr.trim().split('\n')[0] || `exit code ${code ?? 'none'}`}); ${LOG}`,
      mend: `${quoted(path)} -version   # it must print its version: is its file system mounted with noexec, or is it for another processor?`,
    }
  const there = stdout.trim().replace(/^postern-helper /, '')
  if (there !== version)
    return {
      ...({ level: 'warning', cause: 'version' } as const),
      says: `PAM runs ${path}, version ${there}; this is ${version}`,
      mend: `install -m 755 ${quoted(process.execPath)} ${quoted(path)}`,
    }
  return undefined
}
