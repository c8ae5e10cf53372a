import { installFile } from '../commands/install-file.ts'
import { type Result, worstOf } from './run-checks.ts'

const VALUES = { ok: 0, warning: 1, failure: 2, skipped: 3 } as const

interface Figures {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly measures: ReadonlyMap<string, number>
}

/** Metrics in the text format of Prometheus, for node_exporter's textfile collector. */
export function metricsOf(results: readonly Result[], { at, measures }: Figures): string {
  return [
    ...metric('postern_doctor_status', 'Worst result: 0 ok, 1 warning, 2 failure.', [
      ['', VALUES[worstOf(results)]],
    ]),
    ...metric(
      'postern_doctor_check',
      'Result of each check: 0 ok, 1 warning, 2 failure, 3 not tried because of another.',
      results.map(({ name, status }) => [`{check="${name}"}`, VALUES[status]]),
    ),
    ...metric('postern_doctor_last_run_timestamp_seconds', 'When the checks were made.', [
      ['', Math.round(at / 1000)],
    ]),
    ...[...measures].flatMap(([name, value]) =>
      metric(`postern_host_${name}`, `Measured by postern-helper doctor.`, [['', value]]),
    ),
    '',
  ].join('\n')
}

const metric = (
  name: string,
  help: string,
  samples: readonly (readonly [labels: string, value: number])[],
): readonly string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} gauge`,
  ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
]

/** Writes the metrics atomically: node_exporter sees the old file or the new one. @throws {Refusal} */
export function writeTextfile(file: string, text: string): void {
  installFile(file, Buffer.from(text))
}
