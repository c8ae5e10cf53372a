import type { Fields } from '../../shared/field.ts'
import type { Endpoint } from './endpoint.ts'

/** An engine's endpoints, and the path that they are mounted at, which ends in `/`. */
export interface Mounted {
  readonly path: string
  readonly endpoints: readonly Endpoint[]
}

/** The HTTP method of each operation. A list is a GET with `list=true`, since OpenAPI does not know the verb LIST. */
const METHODS: Readonly<Record<string, string>> = {
  read: 'get',
  list: 'get',
  update: 'post',
  delete: 'delete',
}

/** An OpenAPI document, version 3.0.2, of all mounts, as Vault's `sys/internal/specs/openapi` returns. */
export function openApi(version: string, mounted: readonly Mounted[]): object {
  const paths = mounted.flatMap(({ path, endpoints }) =>
    endpoints.map(each => [`/${path}${each.path.replace(/:(\w+)/g, '{$1}')}`, each] as const),
  )
  return {
    openapi: '3.0.2',
    info: {
      title: 'Postern API',
      description: 'HTTP API in the manner of Vault. All paths are under /v1/.',
      version,
      license: { name: 'MPL-2.0', url: 'https://www.mozilla.org/en-US/MPL/2.0' },
    },
    servers: [{ url: '/v1' }],
    paths: Object.fromEntries(paths.map(([path, each]) => [path, pathItem(path, each)])),
    components: {
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Vault-Token' } },
    },
  }
}

function pathItem(path: string, endpoint: Endpoint): object {
  const inPath = namesIn(endpoint.path)
  const others = Object.fromEntries(
    Object.entries(endpoint.fields).filter(([name]) => !inPath.includes(name)),
  )
  const both = endpoint.operations.includes('read') && endpoint.operations.includes('list')
  const asked = endpoint.operations.filter(operation => !(both && operation === 'list'))
  const list = both ? 'optional' : 'required'
  const operations = asked.map(operation => [
    METHODS[operation],
    {
      summary: endpoint.summary,
      operationId: operationId(operation, path),
      tags: [path.split('/')[1]],
      security: endpoint.access === 'token' ? [{ token: [] }] : [],
      ...(operation === 'update'
        ? bodyOf(others, endpoint.acceptsAnyData)
        : { parameters: queryOf(others, operation === 'list' || both ? list : 'none') }),
      responses: {
        200: { description: 'OK' },
        204: { description: 'OK, and nothing to tell' },
        400: { description: 'Refused; "errors" says why' },
        ...(endpoint.access === 'public' ? {} : { 403: { description: 'Permission denied' } }),
      },
    },
  ])
  return {
    description: endpoint.description,
    parameters: inPath.map(name => ({
      name,
      in: 'path',
      required: true,
      description: endpoint.fields[name]?.description,
      schema: endpoint.fields[name]?.schema,
    })),
    ...Object.fromEntries(operations),
  }
}

function bodyOf(fields: Fields, acceptsAnyData: boolean): object {
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, { schema, description, default: fallback }]) => [
      name,
      { ...schema, description, ...(fallback !== undefined && { default: fallback }) },
    ]),
  )
  if (Object.keys(properties).length === 0 && !acceptsAnyData) return {}
  const required = Object.keys(properties).filter(name => fields[name]?.required === true)
  const schema = {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    ...(acceptsAnyData && { additionalProperties: true }),
  }
  return { requestBody: { content: { 'application/json': { schema } } } }
}

function queryOf(fields: Fields, list: 'required' | 'optional' | 'none'): readonly object[] {
  const listed = {
    name: 'list',
    in: 'query',
    required: list === 'required',
    description: '"true" for a list.',
    schema: { type: 'string' },
  }
  const others = Object.entries(fields).map(([name, { schema, description }]) => ({
    name,
    in: 'query',
    description,
    schema,
  }))
  return list === 'none' ? others : [listed, ...others]
}

const namesIn = (path: string): readonly string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)

/** `update-ssh-creds-role` for an update of `/ssh/creds/{role}`. */
const operationId = (operation: string, path: string) =>
  [operation, ...path.split(/[^\w]+/).filter(Boolean)].join('-')
