import { userInfo } from 'node:os'
import { attempt } from '../../../../shared/result.ts'
import type { CliIo } from '../../cli-io.ts'
import { command } from '../../command.ts'
import { EXIT, Failure } from '../../failure.ts'
import { BufferedOutput } from '../../outputs.ts'
import { trimPath } from '../../path.ts'
import { RequestError } from '../../request-error.ts'
import { planOf } from '../ssh-client.ts'
import { codeOf } from './check-code.ts'
import type { Check } from './check-context.ts'
import { CHECK_FLAGS, type CheckCall } from './check-flags.ts'
import { environmentFor, environmentIn } from './in-progress.ts'
import { prepareCertificate } from './prepare-certificate.ts'
import { prepareConnection } from './prepare-connection.ts'
import { type Prepared, roleFor } from './role-for.ts'
import { tellOnce } from './tell-once.ts'

/** Milliseconds for the engine to answer a request. */
const ENGINE_TIMEOUT = 3_000

/** Gets a credential for the ssh that asks. Gives the exit code of the check. Says why if it fails, but not that a login is none of ours. */
export async function prepare(check: Check, io: CliIo): Promise<number> {
  const notes = new BufferedOutput({})
  const environment = environmentIn({ HOME: userInfo().homedir, ...io.environment })
  const words = check.asked.flags
  const ended = await attempt(() =>
    commandOf(check).run(words, { ...io, environment, stdout: notes, stderr: notes }),
  )
  const code = ended.ok ? ended.value : codeOf(ended.error)
  if (code === EXIT.ok || code === undefined) return code ?? EXIT.local
  // it was killed, and the terminal is for the shell again
  if (process.ppid !== check.ssh.pid) return code
  const why = ended.ok ? '' : reasonOf(ended.error)
  const text = [notes.text.trim(), why].filter(Boolean).join('\n')
  tellOnce(
    `${text}\npostern: ssh goes on without a credential for ${check.asked.host}\n`,
    check,
    io,
  )
  return code
}

/** A refused token is told in the words of the advice alone: the request is none of those that the user has typed. */
function reasonOf(error: unknown): string {
  const refusal = error instanceof Failure ? error.cause : error
  if (refusal instanceof RequestError && refusal.status === 403 && refusal.advice)
    return refusal.advice
  return error instanceof Error ? error.message.trim() : ''
}

const commandOf = (check: Check) =>
  command({
    name: 'ssh -check',
    summary: 'Make sure that a credential is there for the ssh that asks',
    usage: '[options] -- HOST USER PORT',
    text: '\nRun by ssh, as "postern ssh-config" has it in the configuration.',
    flags: CHECK_FLAGS,
    arguments: [0, 0],
    run: call => prepareWith(check, call),
  })

async function prepareWith(check: Check, call: CheckCall): Promise<number> {
  const { ssh, asked } = check
  const environment = environmentFor(call.io.environment, asked.host)
  const plan = await planOf({ executable: ssh.executable, environment }, [
    ...ssh.sharing,
    ...ssh.words,
  ])
  if (!plan) throw new Failure('ssh does not tell its configuration (ssh -G)', EXIT.server)
  const prepared: Prepared = {
    check,
    call: { ...call, io: { ...call.io, environment } },
    client: call.connect({ wrapTtl: undefined, deadline: ENGINE_TIMEOUT }),
    mount: trimPath(call.flags['mount-point']),
    plan,
  }
  if (call.flags.mode === 'ca') return prepareCertificate(await roleFor(prepared), prepared)
  return await prepareConnection(prepared)
}
