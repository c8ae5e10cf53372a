import { askEcho } from '../commands/ask-echo.ts'
import type { Config, Engine } from '../config.ts'
import { PasswordUnused } from '../exchange.ts'
import { Refusal } from '../refusal.ts'
import { type Probe, probeEngine, STAGES } from './probe-engine.ts'

/** What is known of one engine of `vault_addr`. */
export interface EngineState {
  readonly engine: Engine
  readonly probe: Probe
  /** Why a login could not be verified there; undefined if it could. */
  readonly refusal: string | undefined
}

/** Asks all engines at once, as a login does and by {@link probeEngine}. */
export const engineStates = (config: Config, time: () => number): Promise<readonly EngineState[]> =>
  Promise.all(
    config.engines.map(async engine => {
      const probe = await probeEngine(engine, config, time)
      const refusal = probe.failed ? probe.failed.message : await refusalOf(engine, config)
      return { engine, probe, refusal }
    }),
  )

async function refusalOf(engine: Engine, config: Config): Promise<string | undefined> {
  try {
    const { kind } = await askEcho(engine, config)
    return kind === 'echo' ? undefined : 'the answer is not the echo'
  } catch (error) {
    if (error instanceof PasswordUnused || error instanceof Refusal) return error.message
    throw error
  }
}

/** The engine that comes nearest to verifying a login, the first of several: its failure keeps users out. */
export const bestOf = (states: readonly EngineState[]): EngineState => {
  const most = Math.max(...states.map(progress))
  return states.find(state => progress(state) === most) as EngineState
}

function progress({ probe: { failed, untrusted, health }, refusal }: EngineState): number {
  if (failed) return STAGES.indexOf(failed.stage)
  const trusted = STAGES.length
  if (untrusted !== undefined) return trusted
  if (health?.sealed) return trusted + 1
  return refusal === undefined ? trusted + 3 : trusted + 2
}
