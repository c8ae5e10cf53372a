import { type DestinationStream, destination, pino } from 'pino'
import { printable } from '../shared/printable-json.ts'
import type { LogLevel } from './config/log-levels.ts'
import { plainFacts } from './log-facts.ts'

/** Logs an event: an object of plain facts, then a sentence. */
export type EngineLog = {
  readonly [L in LogLevel]: (facts: object, message: string) => void
}

/** A log whose level can be changed. */
export interface AdjustableLog extends EngineLog {
  setLevel(level: LogLevel): void
}

/**
 * The log of the engine: one JSON object a line, on stderr by default. A line is written when the call returns. It contains only
 * the facts that {@link plainFacts} returns.
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
    // pino does not escape all control characters
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
