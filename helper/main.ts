import { visible } from '../shared/visible.ts'
import { sinceStart } from './clock.ts'
import { readConfig } from './config.ts'
import { calledByPam, requireSafe } from './environment.ts'
import { EXIT_CODES, type ExitReason } from './exit-codes.ts'
import { configIn, type Flags, parseFlags, tellsUser } from './flags.ts'
import { loadCommands } from './load-commands.ts'
import { Log } from './log.ts'
import { login } from './login.ts'
import { Refusal } from './refusal.ts'
import { silenceStderr, tellUser } from './tell-user.ts'

// the exit code if the event loop ends without a decision
process.exitCode = EXIT_CODES.bug.code

/** Milliseconds before which no refusal exits: timing must not tell which users exist. */
const EARLIEST_REFUSAL = 150

/** Signals that end a login: from sshd at its LoginGraceTime, an administrator, a resource limit. They are logged like other refusals. */
const SIGNALS = [
  'TERM',
  'HUP',
  'INT',
  'QUIT',
  'ALRM',
  'VTALRM',
  'XCPU',
  'USR2',
  'IO',
  'PWR',
] as const

const byPam = calledByPam(process.env)
const log = new Log()
let refused = false

if (byPam) silenceStderr()
process.on('uncaughtException', refuse)
if (byPam) for (const name of SIGNALS) process.on(`SIG${name}`, refuseOnSignal)
main().then(allow, refuse)

/** Decides about a login, or runs a command. Only when it returns does the process exit with 0. */
async function main(): Promise<Pick<Flags, 'logLevel'>> {
  if (byPam) requireSafe(process.env)
  const words = process.argv.slice(2)
  const [word = ''] = words
  if (/^[a-z]/.test(word)) return run(words, `${word} allows no login`)
  const flags = parseFlags(words)
  if (flags.help || flags.version || flags.verifyOnly)
    return run(words, '-help, -version and -verify-only allow no login')
  await login(flags, process.env, log)
  return flags
}

/** Runs a command. @throws {Refusal} with `unlessByHand` if PAM runs it */
async function run(words: readonly string[], unlessByHand: string) {
  if (byPam) throw new Refusal('usage', unlessByHand)
  const { runCommand } = await loadCommands()
  const { stdout, stderr, code } = await runCommand(words)
  process.stdout.write(visible(stdout))
  process.stderr.write(visible(stderr))
  if (code !== EXIT_CODES.allowed.code) process.exit(code)
  return { logLevel: 'info' } as const
}

/** The only exit with 0. */
function allow({ logLevel }: Pick<Flags, 'logLevel'>): void {
  if (byPam && logLevel !== 'error' && logLevel !== 'warn') log.write(outcome('allowed'))
  process.exit(EXIT_CODES.allowed.code)
}

function refuse(error: unknown): void {
  if (refused) return
  refused = true
  const [exit, reason] =
    error instanceof Refusal ? [error.exit, error.message] : (['bug', bugOf(error)] as const)
  if (!byPam) {
    process.stderr.write(visible(`postern-helper: ${reason}\n`))
    process.exit(EXIT_CODES[exit].code)
  }
  if (!log.placed) log.toFile(logFile())
  log.write({ ...outcome(exit), reason })
  setTimeout(exitNow, Math.max(1, EARLIEST_REFUSAL - sinceStart()), EXIT_CODES[exit].code)
}

/** The log file for a refusal from before the configuration was read; undefined if none is set, or the configuration cannot be read. */
function logFile(): string | undefined {
  try {
    return readConfig(configIn(process.argv.slice(2)), { dev: true }).logFile
  } catch {
    return undefined
  }
}

function refuseOnSignal(signal: NodeJS.Signals): void {
  refuse(new Refusal('deadline', `cut off by ${signal}`))
  exitNow(EXIT_CODES.deadline.code)
}

const outcome = (exit: ExitReason) => ({
  decision: exit === 'allowed' ? 'allowed' : 'denied',
  end: exit,
  ms: Math.round(sinceStart()),
})

/** Refuses a login, and exits at once. Node's exit waits for the name service, which may take minutes; SIGKILL is a refusal, too. */
function exitNow(code: number): void {
  if (tellsUser(process.argv.slice(2))) tellUser(log.correlation)
  if (process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap'))
    process.kill(process.pid, 'SIGKILL')
  process.exit(code)
}

/** The place of a bug, without its message, which may contain a secret. */
function bugOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something was thrown'
  const [, place = ''] = error.stack?.split('\n    at ') ?? []
  return `${error.name} in ${place}`
}
