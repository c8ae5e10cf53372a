import { boolean, list, map, string, type Values } from '../../../shared/field.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireFound } from '../../api/require-found.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Config } from './config.ts'
import type { KeySource } from './key-source.ts'
import { ALGORITHMS, publicKey } from './signature.ts'

const table = new Table<Config>('config/')

/** @throws {ApiError} invalid, if there is none */
export async function configOf(tx: Tx): Promise<Config> {
  const config = await table.get(tx, 'config')
  if (!config) throw new ApiError('invalid', 'could not load configuration')
  return config
}

const fields = {
  oidc_discovery_url: string({
    default: '',
    description: 'Issuer URL of an OpenID Connect provider, without "/.well-known".',
  }),
  oidc_discovery_ca_pem: string({
    default: '',
    description: 'CA certificates for its TLS connection, in PEM. Defaults to those of the system.',
  }),
  oidc_client_id: string({ default: '', description: 'Client id of this server at the provider.' }),
  oidc_client_secret: string({ default: '', description: 'Client secret of this server.' }),
  jwks_url: string({ default: '', description: 'URL of a JWKS, the keys that verify tokens.' }),
  jwks_ca_pem: string({
    default: '',
    description: 'CA certificates for its TLS connection, in PEM. Defaults to those of the system.',
  }),
  jwt_validation_pubkeys: list({
    default: [],
    description: 'Public keys or certificates that verify tokens, in PEM.',
  }),
  bound_issuer: string({ default: '', description: 'Issuer that tokens must have.' }),
  jwt_supported_algs: list({
    default: [],
    description: 'Accepted signature algorithms. Defaults to all algorithms that use a public key.',
  }),
  default_role: string({ default: '', description: 'Role of logins that do not name one.' }),
  provider_config: map({
    default: {},
    description: 'Not supported: groups are taken from the token.',
  }),
  oidc_response_mode: string({ default: '', description: 'Must be "query" or empty.' }),
  oidc_response_types: list({ default: [], description: 'Must be "code" or empty.' }),
  namespace_in_state: boolean({
    default: false,
    description: 'Stored and returned for compatibility: there are no namespaces.',
  }),
}

/** `config`: the issuer whose tokens are trusted. Contract §4.9. */
export const configPath = (source: KeySource) =>
  endpoint({
    path: 'config',
    summary: 'Reads or sets the trusted issuer of tokens.',
    description: 'A write replaces the whole configuration. The client secret is never returned.',
    fields,
    async prepare(given) {
      const config = parse(given)
      await check(config, source)
      return config
    },
    operations: {
      read: async function readJwtConfig(_, { tx }) {
        const config = requireFound(await table.get(tx, 'config'))
        return { data: describe(config) }
      },
      update: async function writeJwtConfig(_, { tx }, config) {
        table.put(tx, 'config', config)
        return undefined
      },
    },
  })

function parse(given: Values<typeof fields>): Config {
  const { oidc_discovery_url: discovery, jwks_url: jwks, jwt_validation_pubkeys: keys } = given
  if ([discovery !== '', jwks !== '', keys.length > 0].filter(Boolean).length !== 1)
    throw new ApiError(
      'invalid',
      "exactly one of 'jwt_validation_pubkeys', 'jwks_url' or 'oidc_discovery_url' must be set",
    )
  if ((given.oidc_client_id === '') !== (given.oidc_client_secret === ''))
    throw new ApiError(
      'invalid',
      "both 'oidc_client_id' and 'oidc_client_secret' must be set for OIDC",
    )
  if (given.oidc_client_id !== '' && discovery === '')
    throw new ApiError('invalid', "'oidc_discovery_url' must be set for OIDC")
  if (discovery.includes('.well-known'))
    throw new ApiError('invalid', "'oidc_discovery_url' contains '.well-known' component")
  const unknown = given.jwt_supported_algs.find(each => !ALGORITHMS.includes(each))
  if (unknown !== undefined)
    throw new ApiError(
      'invalid',
      `invalid jwt_supported_algs: unsupported signing algorithm ${JSON.stringify(unknown)}`,
    )
  const types = given.oidc_response_types.filter(type => type !== 'code')
  if (types.length > 0)
    throw new ApiError('invalid', `invalid response_types ${JSON.stringify(types)}: only "code"`)
  const [provider] = Object.keys(given.provider_config)
  if (provider !== undefined)
    throw new ApiError(
      'invalid',
      "'provider_config' is not supported: groups are taken from the token",
    )
  if (!['', 'query'].includes(given.oidc_response_mode))
    throw new ApiError(
      'invalid',
      `invalid response_mode: ${JSON.stringify(given.oidc_response_mode)}`,
    )
  return {
    oidcDiscoveryUrl: discovery,
    jwksUrl: jwks,
    jwtValidationPubkeys: keys,
    oidcDiscoveryCaPem: given.oidc_discovery_ca_pem,
    jwksCaPem: given.jwks_ca_pem,
    oidcClientId: given.oidc_client_id,
    oidcClientSecret: given.oidc_client_secret,
    boundIssuer: given.bound_issuer,
    jwtSupportedAlgs: given.jwt_supported_algs,
    defaultRole: given.default_role,
    responseMode: given.oidc_response_mode,
    responseTypes: given.oidc_response_types,
    namespaceInState: given.namespace_in_state,
  }
}

/** Tests the configuration with fresh requests to the provider, so that mistakes show before the first login. @throws {ApiError} invalid */
async function check(config: Config, source: KeySource): Promise<void> {
  const failed = (text: string) => (cause: unknown) => {
    const reason = cause instanceof Invalid ? `: ${cause.message}` : ''
    throw new ApiError('invalid', text + reason, { cause })
  }
  for (const pem of config.jwtValidationPubkeys)
    try {
      publicKey(pem)
    } catch (cause) {
      throw new ApiError('invalid', 'error parsing public key: not a key or certificate in PEM', {
        cause,
      })
    }
  if (config.oidcDiscoveryUrl !== '')
    await source.discovery(config, 0).catch(failed('error checking oidc discovery URL'))
  if (config.jwksUrl !== '') await source.keys(config, 0).catch(failed('error checking jwks URL'))
}

const describe = (config: Config) => ({
  oidc_discovery_url: config.oidcDiscoveryUrl,
  oidc_discovery_ca_pem: config.oidcDiscoveryCaPem,
  oidc_client_id: config.oidcClientId,
  oidc_response_mode: config.responseMode ?? '',
  oidc_response_types: config.responseTypes ?? [],
  jwks_url: config.jwksUrl,
  jwks_ca_pem: config.jwksCaPem,
  jwt_validation_pubkeys: config.jwtValidationPubkeys,
  bound_issuer: config.boundIssuer,
  jwt_supported_algs: config.jwtSupportedAlgs,
  default_role: config.defaultRole,
  provider_config: {},
  namespace_in_state: config.namespaceInState ?? false,
})
