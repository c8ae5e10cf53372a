import type { IpAddress } from '../../../shared/address.ts'
import { attempt } from '../../../shared/result.ts'
import { Secret } from '../../../shared/secret.ts'
import { type KeyType, type LeasedKeyType, parseKeyType } from '../../ssh/role/key-type.ts'
import type { Client } from '../client.ts'
import { type Envelope, isObject, type Json } from '../envelope.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { RequestError } from '../request-error.ts'
import { type Binding, isForHost } from './binding.ts'

/** A credential that the engine issued for one login. */
export interface Credential {
  readonly envelope: Envelope
  readonly keyType: LeasedKeyType
  readonly key: Secret
  readonly port: number
  /** Undefined if it is for a host, whatever its address. */
  readonly address: IpAddress | undefined
}

interface CredentialRequest {
  readonly mount: string
  readonly role: string
  readonly username: string
  readonly binding: Binding
}

/** Requests a credential. @throws {Failure} */
export async function requestCredential(
  client: Client,
  { mount, role, username, binding }: CredentialRequest,
): Promise<Credential> {
  try {
    const envelope = await during(
      'failed to generate credential: failed to get credentials',
      client.write(`${mount}/creds/${role}`, { username, ...binding }),
    )
    return await read(envelope, binding, client)
  } catch (error) {
    // the answer of Vault, too, for a role with key_type=ca
    if (errorsOf(error).includes('key type unknown'))
      throw new Failure(SIGNS_CERTIFICATES, EXIT.server)
    throw error
  }
}

const SIGNS_CERTIFICATES = 'the role signs certificates: use -mode=ca'

/** Whether a credential was refused because the role signs certificates. */
export const isForCertificates = (error: unknown): boolean =>
  error instanceof Failure && error.message.startsWith(SIGNS_CERTIFICATES)

/** Whether a credential was refused because the role does not cover the address. */
export const refusesAddress = (error: unknown): boolean =>
  errorsOf(error).includes('does not belong to role')

/** Whether a credential was refused because the role or the engine does not know the host, or any hosts. */
export const refusesHost = (error: unknown): boolean => refusesAddress(error) || refusesHosts(error)

/** Whether the role, or the engine, issues credentials for addresses only. */
export const refusesHosts = (error: unknown): boolean =>
  /Missing ip|host is for roles of type otp/.test(errorsOf(error))

/** Whether the engine refused the user of the login. */
export const refusesUser = (error: unknown): boolean => /username/i.test(errorsOf(error))

/** What the engine said. */
export const errorsOf = (error: unknown) =>
  error instanceof Failure && error.cause instanceof RequestError ? error.cause.errors.join() : ''

/** What the engine knows about the roles for an address or a host. */
export interface FoundRoles {
  /** The kind of each role that covers it; undefined where the engine does not tell. */
  readonly covering: ReadonlyMap<string, KeyType | undefined>
  /** Roles that sign certificates, for every host; empty where the engine does not tell. */
  readonly certificates: readonly string[]
}

/** The roles for an address or a host. */
export async function rolesFor(
  client: Client,
  mount: string,
  binding: Binding,
): Promise<FoundRoles> {
  const envelope = await during(
    `Error looking up the roles of ${isForHost(binding) ? binding.host : binding.ip}`,
    client.write(`${mount}/lookup`, binding),
  )
  const { roles, key_info: info, certificate_roles: signing } = envelope?.data ?? {}
  const kindOf = (name: string) => {
    const known = isObject(info) ? info[name] : undefined
    return isObject(known) ? parseKeyType(known.key_type) : undefined
  }
  return {
    covering: new Map(namesIn(roles).map(name => [name, kindOf(name)])),
    certificates: namesIn(signing),
  }
}

const namesIn = (list: Json | undefined): readonly string[] =>
  Array.isArray(list) ? list.map(String) : []

/** Revokes the lease, if the credential has one. */
export async function revoke({ envelope }: Pick<Credential, 'envelope'>, client: Client) {
  if (envelope.lease_id) await client.write('sys/leases/revoke', { lease_id: envelope.lease_id })
}

async function read(
  envelope: Envelope | undefined,
  binding: Binding,
  client: Client,
): Promise<Credential> {
  const data = envelope?.data
  if (!envelope || !data) throw empty('vault returned empty credentials')
  const { key, key_type, port } = data
  if (typeof key !== 'string' || key === '') throw empty('vault returned an invalid key')
  const keyType = parseKeyType(key_type)
  if (keyType === undefined || keyType === 'ca') {
    await attempt(() => revoke({ envelope }, client))
    throw empty(`this program cannot log in with key_type ${JSON.stringify(key_type)}`)
  }
  if (isForHost(binding) && data.host !== binding.host) {
    await attempt(() => revoke({ envelope }, client))
    throw empty(`it is not for the host ${binding.host}`)
  }
  const address = isForHost(binding) ? undefined : binding.ip
  return { envelope, keyType, key: new Secret(key), port: portOf(port), address }
}

const empty = (what: string) => new Failure(`failed to generate credential: ${what}`, EXIT.server)

function portOf(raw: unknown): number {
  const port = Number(raw)
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : 22
}
