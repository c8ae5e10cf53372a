import { CHECKS } from '../doctor/checks.ts'
import { Context } from '../doctor/context.ts'
import { type Fixed, fix, fixLine } from '../doctor/fix.ts'
import { hostView } from '../doctor/host-view.ts'
import { explainLogin } from '../doctor/login/explain-login.ts'
import { jsonReport, summaryOf, textReport } from '../doctor/report.ts'
import { type Result, runChecks, worstOf } from '../doctor/run-checks.ts'
import { metricsOf, writeTextfile } from '../doctor/textfile.ts'
import { Refusal } from '../refusal.ts'
import type { CommandResult } from './host-command.ts'
import type { HostFlags } from './host-flags.ts'
import { writeLastCheck } from './last-check.ts'

/** Exit codes as monitoring plugins have them. */
const CODES = { ok: 0, warning: 1, failure: 2 } as const

/** Rounds of `-fix`: what one mends, another check may have been waiting for. */
const ROUNDS = 5

/** Checks all that a login needs, or explains one login. @throws {Refusal} for wrong flags */
export async function doctor(flags: HostFlags): Promise<CommandResult> {
  const isJson = formatOf(flags) === 'json'
  const user = flags.optional('user')
  const newContext = () =>
    new Context({ host: hostView(), configFile: flags.optional('config'), dev: flags.dev })
  if (user !== undefined || flags.optional('from') !== undefined) {
    const login = { user: flags.required('user'), from: flags.text('from', '127.0.0.1') }
    const explained = await explainLogin(newContext(), login)
    return {
      text: isJson ? JSON.stringify(explained, undefined, 2) : explained.lines.join('\n'),
      code: explained.allowed ? CODES.ok : CODES.failure,
    }
  }
  let context = newContext()
  let results = await runChecks(CHECKS, context)
  const fixed: Fixed[] = []
  for (let round = 0; flags.has('fix') && round < ROUNDS; round++) {
    const now = fix(results, context.host)
    fixed.push(...now)
    if (!now.some(({ failed }) => failed === undefined)) break
    context = newContext()
    results = await runChecks(CHECKS, context)
  }
  record(context, results, flags.optional('textfile'))
  const text = isJson
    ? jsonReport(results)
    : [...fixed.map(fixLine), textReport(results)].join('\n')
  return { text, code: CODES[worstOf(results)] }
}

function formatOf(flags: HostFlags): 'text' | 'json' {
  const format = flags.text('format', 'text')
  if (format === 'text' || format === 'json') return format
  throw new Refusal('usage', `-format is text or json, not ${JSON.stringify(format)}`)
}

/** Keeps the result for the engine, and for monitoring. */
function record(context: Context, results: readonly Result[], textfile: string | undefined): void {
  const at = context.time()
  if (textfile !== undefined)
    writeTextfile(textfile, metricsOf(results, { at, measures: context.measures }))
  const isReadable = results.some(({ name, status }) => name === 'configuration' && status === 'ok')
  if (isReadable) writeLastCheck(context.config, { at, summary: summaryOf(results) })
}
