import { explained, type Field } from '../../shared/field.ts'
import { wrapText } from '../../shared/wrap-text.ts'
import type { Endpoint } from './endpoint.ts'
import type { Engine } from './engine.ts'

const WIDTH = 80

/** The output of `path-help` for one endpoint. Contract §1.8. */
export function endpointHelp(requested: string, endpoint: Endpoint): string {
  const { path, summary, description, fields } = endpoint
  const parameters = Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => parameterHelp(name, asInPath(path, name, field)))
  return [
    `Request:        ${requested}`,
    `Matching Route: ${routeOf(path)}\n`,
    `${wrapText(summary, WIDTH)}\n`,
    ...(parameters.length > 0 ? [`## PARAMETERS\n\n${parameters.join('\n')}`] : []),
    `## DESCRIPTION\n\n${paragraphs(description)}\n`,
  ].join('\n')
}

const parameterHelp = (name: string, field: Field<unknown>) =>
  `    ${name} (${field.type})\n\n${indented(wrapText(explained(field), WIDTH - 8))}\n`

/** A parameter that is a segment of the path is always required. */
const asInPath = (path: string, name: string, field: Field<unknown>): Field<unknown> =>
  path.split('/').includes(`:${name}`) ? { ...field, required: true } : field

/** The output of `path-help` for a mount: its description and all of its paths. */
export function engineHelp({ description, endpoints }: Engine): string {
  const paths = endpoints.map(
    ({ path, summary }) => `    ${routeOf(path)}\n${indented(wrapText(summary, WIDTH - 8))}\n`,
  )
  return `## DESCRIPTION\n\n${paragraphs(description)}\n\n## PATHS\n\nThe following paths are supported by this backend. To view help for\nany of the paths below, use the help command with any route matching\nthe path pattern.\n\n${paths.sort().join('\n')}`
}

const paragraphs = (text: string) =>
  text
    .split('\n\n')
    .map(each => wrapText(each, WIDTH))
    .join('\n\n')

const indented = (text: string) => text.replace(/^/gm, '        ')

const routeOf = (path: string) => `^${path.replace(/:(\w+)/g, '(?P<$1>[^/]+)')}$`
