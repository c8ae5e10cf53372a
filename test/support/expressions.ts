import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const PACKAGING = join(import.meta.dirname, '../../packaging')

const RULES = join(PACKAGING, 'prometheus/postern-alerts.yml')

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[]
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[]
}

/** The expressions of the dashboard, with values in place of its variables. */
export const dashboardExpressions = (): readonly string[] =>
  (JSON.parse(readFileSync(join(PACKAGING, 'grafana/postern.json'), 'utf8')) as Dashboard).panels
    .flatMap(({ targets }) => targets)
    .map(({ expr }) =>
      expr
        .replaceAll('$__rate_interval', '5m')
        .replaceAll('$job', 'postern')
        .replaceAll('$instance', '.*'),
    )

/** All expressions of PromQL in packaging/. */
export const expressionsOf = (): readonly string[] => [
  ...(parse(readFileSync(RULES, 'utf8')) as Rules).groups
    .flatMap(({ rules }) => rules)
    .map(({ expr }) => expr),
  ...dashboardExpressions(),
]
