import { boolean, oneOf, string } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireAny } from '../../api/require-found.ts'
import type { Tx } from '../../storage/transact.ts'
import { caKeyFields, caKeyOf } from './ca-keys.ts'
import { issuerKind } from './issuer-kind.ts'
import {
  addIssuer,
  allIssuers,
  defaultIssuerId,
  deleteIssuer,
  findIssuer,
  ISSUER_STATES,
  type Issuer,
  makeDefault,
  neverAgain,
  putIssuer,
  requireIssuer,
  revokeIssuer,
} from './issuers.ts'
import { revoked } from './revocations.ts'
import { rolesOf } from './roles-of-issuer.ts'

const reference = issuerKind({
  default: '',
  description: 'Name or id of the issuer, or "default".',
})

const invalid = (message: string) => new ApiError('invalid', message)

const importing = {
  summary: 'Imports or generates an issuer.',
  description:
    'The new issuer is staged, so that hosts can trust it before it signs. The first issuer, or one with set_default, becomes the default issuer at once.',
} as const

const KNOWN = 'An issuer with the provided public key already exists, returning the existing issuer'

const importFields = {
  ...caKeyFields,
  set_default: boolean({
    default: false,
    description: 'Whether the issuer becomes the default issuer.',
  }),
}

const issuerName = issuerKind({ default: '', description: 'Name of the issuer.' })

/** `issuers` and `issuer/:ref`: the keys that sign, and their rotation. Contract §2.13. */
export const issuerPaths = [
  endpoint({
    path: 'issuers',
    summary: 'Lists the issuers.',
    description: 'Returns the ids of all issuers, with name, state and public key of each.',
    fields: {},
    operations: {
      list: async function listIssuers(_, { tx }) {
        const all = requireAny(await allIssuers(tx))
        const usual = await defaultIssuerId(tx)
        const info = all.map(issuer => [issuer.id, describe(issuer, usual)] as const)
        return {
          data: { keys: all.map(({ id }) => id).sort(), key_info: Object.fromEntries(info) },
        }
      },
    },
  }),
  ...(['issuers/import', 'issuers/import/:issuer_name'] as const).map(path =>
    endpoint({
      ...importing,
      path,
      fields: { ...importFields, issuer_name: issuerName },
      async prepare(given, { address, transact }) {
        await transact(tx => requireUsableName(tx, path, given.issuer_name))
        return caKeyOf(given, address)
      },
      operations: {
        update: async function importIssuer(given, call, { key, publicKey }) {
          const { tx } = call
          const called = given.issuer_name
          await requireUsableName(tx, path, called)
          const { issuer, isNew } = await addIssuer(call, key, { name: called, publicKey })
          const first = (await defaultIssuerId(tx)) === undefined
          if (first || given.set_default) await makeDefault(tx, issuer)
          return {
            data: {
              issuer_id: issuer.id,
              issuer_name: issuer.name,
              public_key: issuer.publicKey,
            },
            ...(!isNew && { warnings: [KNOWN] }),
          }
        },
      },
    }),
  ),
  endpoint({
    path: 'issuer/:issuer_ref',
    summary: 'Manages an issuer.',
    description:
      'A staged issuer is trusted by hosts but does not sign yet. A retiring issuer is still trusted, and signs only for roles that name it. Revoking an issuer invalidates all certificates that it has signed, and cannot be undone. Deleting an issuer destroys its private key; hosts stop trusting it when they next fetch the public keys.',
    fields: {
      issuer_ref: reference,
      issuer_name: string({ description: 'New name of the issuer.' }),
      state: oneOf(...ISSUER_STATES)({
        description: 'New state of the issuer: "staged", "active", "retiring" or "revoked".',
      }),
    },
    operations: {
      read: async function readIssuer({ issuer_ref: ref }, { tx }) {
        return { data: details(await requireIssuer(tx, ref), await defaultIssuerId(tx)) }
      },
      update: async function updateIssuer({ issuer_ref: ref, issuer_name: called, state }, call) {
        const { tx, now } = call
        const issuer = await requireIssuer(tx, ref)
        if (called !== undefined && (called === '' || called !== issuer.name))
          await requireFreeName(tx, called)
        if (issuer.state === 'revoked' && state !== undefined && state !== 'revoked')
          throw neverAgain()
        const changed = {
          ...issuer,
          name: called ?? issuer.name,
          state: state ?? issuer.state,
        }
        if (changed.state === 'revoked') {
          await revokeIssuer(call, changed)
          await revoked(call, now)
        } else putIssuer(tx, changed)
        return { data: details(changed, await defaultIssuerId(tx)) }
      },
      delete: async function deleteIssuerAndKey({ issuer_ref: ref }, call) {
        const { tx } = call
        const issuer = await findIssuer(tx, ref)
        if (!issuer) return undefined
        const wasDefault = await deleteIssuer(call, issuer)
        const warnings = [
          ...(wasDefault
            ? [
                `Deleted issuer ${issuer.id} (via issuer_ref ${ref}); this was configured as the default issuer. Operations without an explicit issuer will not work until a new default is configured.`,
              ]
            : []),
          ...referring(await rolesOf(tx, issuer), ref),
        ]
        return warnings.length > 0 ? { data: null, warnings } : undefined
      },
    },
  }),
  endpoint({
    path: 'issuer/:issuer_ref/public_key',
    access: 'public',
    summary: 'Returns the public key of an issuer.',
    description: 'Returns one line of text in the format of TrustedUserCAKeys of sshd.',
    fields: { issuer_ref: reference },
    operations: {
      read: async function readIssuerPublicKey({ issuer_ref: ref }, { tx }) {
        const { publicKey } = await requireIssuer(tx, ref)
        return { bare: { status: 200, body: publicKey } }
      },
    },
  }),
  endpoint({
    path: 'config/issuers',
    summary: 'Configures the default issuer.',
    description:
      'The default issuer signs for roles that name no issuer. The previous default issuer becomes retiring, and stays trusted.',
    fields: {
      default: string({ default: '', required: true, description: 'Name or id of the issuer.' }),
    },
    operations: {
      read: async function readDefaultIssuer(_, { tx }) {
        const id = await defaultIssuerId(tx)
        if (id === undefined) throw invalid('no default issuer currently configured')
        return { data: { default: id } }
      },
      update: async function setDefaultIssuer({ default: ref }, { tx }) {
        if (ref === '' || ref === 'default')
          throw invalid("invalid issuer specification; must be non-empty and can't be 'default'.")
        const issuer = await requireIssuer(tx, ref)
        if (issuer.state === 'revoked') throw invalid('a revoked issuer cannot sign')
        const before = await defaultIssuerId(tx)
        if (before === issuer.id)
          return {
            data: null,
            warnings: ['The default issuer is already set to the specified issuer.'],
          }
        await makeDefault(tx, issuer)
        const warning = `Previous default (${before}) has been updated with the issuer '${ref}' (resolved to ${issuer.id})`
        return {
          data: { default: issuer.id },
          ...(before !== undefined && { warnings: [warning] }),
        }
      },
    },
  }),
]

/** OpenBao's warning, with the names of the roles. */
const referring = (names: readonly string[], ref: string): readonly string[] =>
  names.length > 0 ? [`${names.length} roles reference '${ref}': ${names.join(', ')}`] : []

/** Checks a new name for the issuer, if the request gives one. @throws {ApiError} invalid */
async function requireUsableName(tx: Tx, path: string, called: string): Promise<void> {
  if (path.endsWith('name') || called !== '') await requireFreeName(tx, called)
}

async function requireFreeName(tx: Tx, called: string): Promise<void> {
  if (called === '') throw invalid('expected non-empty issuer name')
  if (called === 'default')
    throw invalid("reserved keyword 'default' can not be used as issuer name")
  if (!/^\w(?:[\w.-]*\w)?$/.test(called)) throw invalid('issuer name contained invalid characters')
  if (await findIssuer(tx, called)) throw invalid('issuer name already in use')
}

const describe = ({ id, name: called, publicKey, state }: Issuer, usual: string | undefined) => ({
  issuer_name: called,
  is_default: id === usual,
  public_key: publicKey,
  state,
})

const details = (issuer: Issuer, usual: string | undefined) => ({
  issuer_id: issuer.id,
  ...describe(issuer, usual),
})
