import { type ReadonlySignal, signal } from '../preact.ts'

/** What the engine can do for the page: nothing while it is sealed or does not answer. */
export type EngineState = 'serving' | 'sealed' | 'uninitialized' | 'offline'

/** Milliseconds between two questions to an engine that could not serve. */
const ASK_AGAIN = 2_000

const state = signal<EngineState>('serving')
const recovered = signal(0)
let watching = false

export const engineState: ReadonlySignal<EngineState> = state

/** How often the engine has come to serve again: what failed before is worth another try. */
export const recoveries: ReadonlySignal<number> = recovered

/** Learns from the reply to a request, or its absence, and watches an engine that cannot serve until it can. */
export function learnFrom(status: number | undefined): void {
  if (status === undefined || isGateway(status)) void watch('offline')
  // an engine that has too much to do says so with the same status
  else if (status === 503) void watch(state.value)
}

async function watch(first: EngineState): Promise<void> {
  if (watching) return
  watching = true
  state.value = first
  let couldNot = false
  for (;;) {
    state.value = await asked()
    if (state.value === 'serving') break
    couldNot = true
    await new Promise(done => setTimeout(done, ASK_AGAIN))
  }
  watching = false
  // an engine that could serve all the time fails again, and would be asked without a pause
  if (couldNot) recovered.value++
}

/** Whether a proxy answers in place of an engine that it does not reach. */
const isGateway = (status: number) => status === 502 || status === 504

/** The states that `sys/health` has a status for; a standby passes requests on. */
async function asked(): Promise<EngineState> {
  try {
    const reply = await fetch('/v1/sys/health', {
      cache: 'no-store',
      signal: AbortSignal.timeout(ASK_AGAIN),
    })
    // what is not in JSON comes from a proxy that does not reach the engine, and fails here
    const { initialized, sealed } = await reply.json()
    if (!initialized) return 'uninitialized'
    return sealed ? 'sealed' : 'serving'
  } catch {
    return 'offline'
  }
}
