import { counted } from '../../../shared/counted.ts'
import { parseHttpAddress } from '../../../shared/http-address.ts'
import { Invalid } from '../../../shared/invalid.ts'
import type { Secret } from '../../../shared/secret.ts'
import type { Client } from '../client.ts'
import type { Call } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { parseToken } from '../kept-token/parse-token.ts'
import { readStoredToken } from '../kept-token/stored-token.ts'
import { readSnapshot } from '../snapshot/read-snapshot.ts'
import { applyPlan, type Refused } from './apply-plan.ts'
import { readCaKeys } from './ca-key-files.ts'
import type { IMPORT_FLAGS } from './import-flags.ts'
import type { Plan } from './plan.ts'
import { planImport } from './plan-import.ts'
import { planJson, planLines } from './show-plan.ts'

type ImportCall = Call<typeof IMPORT_FLAGS>

/** Reads both servers, shows what differs, and with -apply brings it to the target. Gives the exit code. */
export async function runImport(call: ImportCall): Promise<number> {
  const { flags, print } = call
  const client = call.connect({ wrapTtl: undefined })
  const plan = await planOf(call, client)
  if (print.format === 'table') for (const line of planLines(plan)) print.line(line)
  const refused = flags.apply ? await applyPlan(plan.steps, client, teller(call)) : []
  if (print.format !== 'table')
    await print.rows(
      { ...planJson(plan), applied: flags.apply, refused: refused.map(each => ({ ...each })) },
      [],
      [],
    )
  else for (const line of outcome(flags.apply, plan, refused)) print.line(line)
  return refused.length > 0 ? EXIT.server : EXIT.ok
}

async function planOf(call: ImportCall, client: Client): Promise<Plan> {
  const caKeys = await readCaKeys(call.flags['ca-key'] ?? [])
  const other = sourceClient(call)
  const tell = teller(call)
  const source = await readSnapshot(other, 'the server of -from', tell)
  const target = await readSnapshot(client, 'this server', tell)
  if (source.clusterId === target.clusterId)
    throw new Failure(
      `both servers have the cluster id ${source.clusterId}: they are the same, or one is a copy of the other. Set -address to the server to bring things to`,
    )
  const [hidden] = target.unreadable
  if (hidden !== undefined)
    throw new Failure(
      `your token may not read ${target.unreadable.join(', ')} here, so it cannot be compared: docs/policies.md has the policy for an import`,
      EXIT.server,
    )
  return planImport(source, target, caKeys)
}

/** A client for the server to take over from. Nothing that is set for the target applies to it, but the timeout and the proxy. */
function sourceClient({ flags, connect }: ImportCall): Client {
  return connect({
    address: addressOf(flags.from),
    token: tokenIn(flags['from-token-file']),
    namespace: flags['from-namespace'] && `${flags['from-namespace'].replace(/^\/+|\/+$/g, '')}/`,
    wrapTtl: undefined,
    headers: {},
    trust: { caFile: flags['from-ca'] },
  })
}

function addressOf(text: string | undefined): URL {
  if (!text) throw new Failure('-from is missing: the address of the server to take over from')
  try {
    return parseHttpAddress(text)
  } catch (error) {
    throw error instanceof Invalid ? new Failure(`-from: ${error.message}`) : error
  }
}

function tokenIn(file: string | undefined): Secret {
  if (!file) throw new Failure('-from-token-file is missing: a file with a token for that server')
  const stored = readStoredToken(file)
  if (!stored) throw new Failure(`-from-token-file: there is no file ${file}`)
  if (stored.exposed) throw new Failure(`other users can read ${file}: run chmod 600 ${file}`)
  const token = parseToken(stored.text)
  if (!token) throw new Failure(`-from-token-file: ${file} is empty`)
  return token
}

/** Tells at a terminal what takes longer. */
const teller =
  ({ io, print }: ImportCall) =>
  (text: string): void => {
    if (io.stderr.isTTY) print.note(text)
  }

function outcome(
  applied: boolean,
  { steps }: Plan,
  refused: readonly Refused[],
): readonly string[] {
  if (steps.length === 0) return ['', 'Nothing to do.']
  if (!applied) return ['', 'Nothing was changed. With -apply, it is done.']
  const done = `${counted(steps.length - refused.length, 'change')} made.`
  return refused.length === 0
    ? ['', done]
    : [
        '',
        `${done} ${counted(refused.length, 'change')} refused:`,
        ...refused.map(({ path, reason }) => `  ${path}: ${reason}`),
      ]
}
