import { type DestinationStream, destination, pino } from 'pino'
import { printable } from '../shared/printable-json.ts'
import type { LogLevel } from './config/log-levels.ts'
import { plainFacts } from './log-facts.ts'

/** Says what the engine does: an object of plain facts, then a sentence. */
export type EngineLog = {
  readonly [L in LogLevel]: (facts: object, message: string) => void
}

/** A log of which less or more can be asked while it is used. */
export interface AdjustableLog extends EngineLog {
  setLevel(level: LogLevel): void
}

/**
 * The engine's one log: a JSON object a line, on stderr unless told otherwise. A line is written when the call returns.
 * Of its facts only what {@link plainFacts} lets through is shown.
 */
export function openLog(
  level: LogLevel,
  stream: DestinationStream = destination({ dest: 2, sync: true }),
): AdjustableLog {
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
    },
    // pino leaves characters in texts that a terminal may obey
    { write: line => stream.write(printable(line)) },
  )
  const line = (each: LogLevel) => (facts: object, message: string) => {
    if (log.isLevelEnabled(each)) log[each](plainFacts(facts), message)
  }
  return {
    trace: line('trace'),
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    setLevel(chosen) {
      log.level = chosen
    },
  }
}
