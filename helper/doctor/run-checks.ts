import type { Check, Finding } from './check.ts'
import type { Context } from './context.ts'

/** What became of a check. */
export type Result =
  | { readonly name: string; readonly status: 'ok' }
  | ({ readonly name: string; readonly status: 'warning' | 'failure' } & Omit<Finding, 'level'>)
  /** Not tried, since the check that it names has failed, which is the cause. */
  | { readonly name: string; readonly status: 'skipped'; readonly because: string }

/** Runs checks in their order. Those behind a failure that would only repeat it are not tried. */
export async function runChecks(
  checks: readonly Check[],
  context: Context,
): Promise<readonly Result[]> {
  const results = new Map<string, Result>()
  for (const check of checks) results.set(check.name, await resultOf(check, context, results))
  return [...results.values()]
}

async function resultOf(
  { name, dependsOn, run }: Check,
  context: Context,
  results: ReadonlyMap<string, Result>,
): Promise<Result> {
  for (const needed of dependsOn) {
    const before = results.get(needed)
    if (before?.status === 'failure') return { name, status: 'skipped', because: needed }
    if (before?.status === 'skipped') return { name, status: 'skipped', because: before.because }
  }
  const found = await run(context)
  if (!found) return { name, status: 'ok' }
  const { level, says, ...rest } = found
  // a server or a log may have said it: it must not look like another line
  return { name, status: level, ...rest, says: says.replace(/\s+/g, ' ') }
}

/** The worst status of all. */
export function worstOf(results: readonly Result[]): 'ok' | 'warning' | 'failure' {
  const has = (status: Result['status']) => results.some(each => each.status === status)
  if (has('failure')) return 'failure'
  return has('warning') ? 'warning' : 'ok'
}
