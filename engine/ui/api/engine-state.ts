import { type ReadonlySignal, signal } from '../preact.ts'

/** What the engine can do for the page: nothing while it is sealed or does not answer. */
export type EngineState = 'serving' | 'sealed' | 'uninitialized' | 'offline'

/** Milliseconds between two questions to an engine that could not serve. */
const ASK_AGAIN = 2_000

const state = signal<EngineState>('serving')
let watching = false

export const engineState: ReadonlySignal<EngineState> = state

/** Learns from the reply to a request, or its absence, and watches an engine that cannot serve until it can. */
export function learnFrom(status: number | undefined): void {
  if (status === undefined) void watch('offline')
  else if (status === 503) void watch('sealed')
  else if (state.value === 'offline') state.value = 'serving'
}

async function watch(first: EngineState): Promise<void> {
  if (watching) return
  watching = true
  state.value = first
  do {
    state.value = await asked()
    if (state.value !== 'serving') await new Promise(done => setTimeout(done, ASK_AGAIN))
  } while (state.value !== 'serving')
  watching = false
}

/** The states that `sys/health` has a status for; a standby passes requests on. */
async function asked(): Promise<EngineState> {
  try {
    const { status } = await fetch('/v1/sys/health', {
      cache: 'no-store',
      signal: AbortSignal.timeout(ASK_AGAIN),
    })
    if (status === 503) return 'sealed'
    return status === 501 ? 'uninitialized' : 'serving'
  } catch {
    return 'offline'
  }
}
