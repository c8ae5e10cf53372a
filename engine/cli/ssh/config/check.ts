import { existsSync } from 'node:fs'
import type { CliIo } from '../../cli-io.ts'
import { EXIT } from '../../failure.ts'
import { bootClock } from './boot-clock.ts'
import { callingSsh } from './calling-ssh.ts'
import type { Check } from './check-context.ts'
import { flagIn, parseCheckWords } from './check-words.ts'
import { Connections } from './connections.ts'
import { endWithAsker } from './end-with-asker.ts'
import { isInProgress } from './in-progress.ts'
import { keptPlan } from './kept-plan.ts'
import { privateDirectory } from './private-files.ts'

/** Seconds that a certificate must still be valid for. */
const MIN_REMAINING = 30

/**
 * Answers the `Match exec` of {@link blockFor}: makes sure that a credential is there for the ssh that asks. Gives the exit code: 0 if it is
 * there, 1 if the login is none of ours, 2 if the engine or the host failed. The engine, and most of this program, is needed only if there
 * is no live credential.
 */
export async function check(words: readonly string[], io: CliIo): Promise<number> {
  using _ = endWithAsker()
  const asked = parseCheckWords(words)
  const path = asked && flagIn(asked, 'directory')
  if (!path) return EXIT.local
  const ssh = callingSsh(process.ppid, asked)
  // a certificate takes no login, and its files are named in the block
  const hasCredential = isInProgress(io.environment, asked.host) && flagIn(asked, 'mode') !== 'ca'
  if (ssh.needsNoLogin || hasCredential) return EXIT.ok
  const directory = privateDirectory(path)
  const most = Number(flagIn(asked, 'max-sessions')) || 1
  const begun: Check = { asked, ssh, directory, most, begun: bootClock() }
  const live = await liveCredential(begun)
  return live ?? (await (await import('./prepare.ts')).prepare(begun, io))
}

/** The exit code if the kept plan leads to a live credential. */
async function liveCredential({ ssh, directory, most }: Check): Promise<number | undefined> {
  const plan = keptPlan(directory, [...ssh.sharing, ...ssh.words])
  if (plan?.kind === 'certificate') {
    const isLive = plan.validBefore > Date.now() / 1000 + MIN_REMAINING && existsSync(plan.file)
    return isLive ? EXIT.ok : undefined
  }
  if (plan === undefined) return undefined
  using connections = await Connections.hold({ directory, pointer: plan.pointer })
  if (connections?.unconfirmed !== undefined) return undefined
  return (await connections?.attach(ssh.pid, most)) ? EXIT.ok : undefined
}
