import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { RequestError } from '../request-error.ts'
import type { Step } from './plan.ts'

/** A step that the target has refused. */
export interface Refused {
  readonly path: string
  readonly reason: string
}

/** How often progress is told: once for this many steps. */
const TOLD_EVERY = 50

/**
 * Performs the steps in their order. One that the server refuses does not stop those after it, since an import can be run again.
 * @throws {Error} if the server does not answer
 */
export async function applyPlan(
  steps: readonly Step[],
  client: Client,
  progress: (text: string) => void,
): Promise<readonly Refused[]> {
  const refused: Refused[] = []
  for (const [at, { path, perform }] of steps.entries()) {
    try {
      await perform(client)
    } catch (error) {
      const reason = reasonOf(error)
      if (reason === undefined) throw error
      refused.push({ path, reason })
    }
    if ((at + 1) % TOLD_EVERY === 0) progress(`${at + 1} of ${steps.length} changes made`)
  }
  return refused
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof RequestError) return error.errors.join('; ') || `status ${error.status}`
  return error instanceof Failure ? error.message : undefined
}
