import type { Endpoint } from './endpoint.ts'
import type { Engine } from './engine.ts'

/** What `path-help` prints for one endpoint. Contract §1.8. */
export function endpointHelp(requested: string, endpoint: Endpoint): string {
  const { path, summary, description, fields } = endpoint
  const parameters = Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `    ${name} (${field.type})\n\n        ${field.description}\n`)
  return [
    `Request:        ${requested}`,
    `Matching Route: ${routeOf(path)}\n`,
    `${summary}\n`,
    ...(parameters.length > 0 ? [`## PARAMETERS\n\n${parameters.join('\n')}`] : []),
    `## DESCRIPTION\n\n${description}\n`,
  ].join('\n')
}

/** What `path-help` prints for a whole mount: its description and all of its paths. */
export function engineHelp({ description, endpoints }: Engine): string {
  const paths = endpoints.map(({ path, summary }) => `    ${routeOf(path)}\n        ${summary}\n`)
  return `## DESCRIPTION\n\n${description}\n\n## PATHS\n\nThe following paths are supported by this backend. To view help for\nany of the paths below, use the help command with any route matching\nthe path pattern.\n\n${paths.sort().join('\n')}`
}

const routeOf = (path: string) => `^${path.replace(/:(\w+)/g, '(?P<$1>[^/]+)')}$`
