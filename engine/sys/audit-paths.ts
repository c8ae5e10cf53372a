import { boolean, map, rest, string } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import { attempt } from '../../shared/result.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { NOTHING } from '../audit/chain.ts'
import type { AuditDevice } from '../audit/device.ts'
import {
  type DeviceRecord,
  deleteDevice,
  newSalt,
  putDevice,
  storedDevices,
} from '../audit/records.ts'
import type { Core } from '../core/core.ts'

const path = rest({ default: '', description: 'Path of the device, for example "file".' })

const COMPATIBLE = 'Stored and returned for compatibility, without effect.'

/** `sys/audit`: devices to which every request and response is logged. Contract §4.8. */
export const audit = (core: Core) => [
  endpoint({
    path: 'audit',
    sudo: true,
    summary: 'Lists the audit devices.',
    description:
      'Returns the devices that were enabled through the API, and those declared in the configuration of this node.',
    fields: {},
    operations: {
      read: async function listAuditDevices(_, { tx }) {
        const all = [...(await storedDevices(tx)), ...core.audit.declared]
        const data = Object.fromEntries(all.map(device => [device.path, describe(device)]))
        return { data, hoisted: true }
      },
    },
  }),
  endpoint({
    path: 'audit/:path',
    sudo: true,
    summary: 'Enables or disables an audit device.',
    description:
      'An enabled device logs every request and response. If there are devices and none of them can write, requests fail.',
    plainReplyKeys: ['type', 'description'],
    unaudited: 'delete',
    fields: {
      path,
      type: string({
        default: '',
        plain: true,
        required: true,
        description: '"file", "socket" or "syslog".',
      }),
      description: string({ default: '', plain: true, description: 'Description of the device.' }),
      options: map({
        default: {},
        description: 'Options of the device type, for example file_path.',
      }),
      local: boolean({ default: false, description: COMPATIBLE }),
    },
    operations: {
      update: async function enableAuditDevice(
        { path: name, type, description, local, ...given },
        { tx },
      ) {
        const at = normalized(name)
        const options = texts(given.options)
        const taken = [...(await storedDevices(tx)), ...core.audit.declared]
        if (taken.some(other => clash(other.path, at)))
          throw new ApiError('invalid', 'path already in use')
        const device = { path: at, type, description, options, local, salt: newSalt() }
        await requireUsable(core, device)
        await putDevice(tx, device)
        return { afterCommit: () => core.audit.reload() }
      },
      delete: async function disableAuditDevice({ path: name }, { tx }) {
        const at = normalized(name)
        if (core.audit.declared.some(device => device.path === at))
          throw new ApiError(
            'invalid',
            `audit device "${at}" is declared in the configuration file`,
          )
        await deleteDevice(tx, at)
        return { afterCommit: () => core.audit.reload() }
      },
    },
  }),
  endpoint({
    path: 'audit-hash/:path',
    summary: 'Hashes a text as an audit device does.',
    description: 'Use the hash to search the log of the device for the text.',
    fields: { path, input: string({ default: '', required: true, description: 'The text.' }) },
    operations: {
      update: async function hashForAudit({ path: name, input }) {
        if (input === '') throw new ApiError('invalid', 'missing input')
        const { hasher } = await existingDevice(core, name)
        return { data: { hash: hasher.hash(input) }, hoisted: true }
      },
    },
  }),
  endpoint({
    path: 'audit-key',
    summary: 'Returns the public key that verifies the signatures in audit logs.',
    description:
      'The key is the same on every node. Keep a copy where nobody with write access to the logs can change it.',
    plainReplyKeys: ['public_key'],
    fields: {},
    operations: {
      read: async function readAuditKey() {
        return { data: { public_key: await core.audit.publicKey() } }
      },
    },
  }),
  endpoint({
    path: 'audit-head/:path',
    summary: 'Returns the position of the last line that this node wrote to an audit device.',
    description:
      'Returns the hash of the line and its sequence number in the current chain. A log without this line is truncated.',
    plainReplyKeys: ['chain', 'hash'],
    fields: { path },
    operations: {
      read: async function readAuditHead({ path: name }) {
        const { next } = await existingDevice(core, name)
        if (!next || next.prev === NOTHING) throw new ApiError('missing')
        return { data: { chain: next.id, seq: next.seq - 1, hash: next.prev } }
      },
    },
  }),
]

const normalized = (name: string) => `${name.split('/').filter(Boolean).join('/')}/`

const clash = (a: string, b: string) => a.startsWith(b) || b.startsWith(a)

/** The device at a path, with or without slashes around it. @throws {ApiError} invalid, if there is none */
export async function existingDevice(core: Core, name: string): Promise<AuditDevice> {
  const at = normalized(name)
  const device = await core.audit.device(at)
  if (!device) throw new ApiError('invalid', `unknown audit backend ${JSON.stringify(at)}`)
  return device
}

/** Options as they are stored: as strings, as in Vault. */
const texts = (options: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  )

/** Verifies that the device can write a line. @throws {ApiError} */
async function requireUsable({ audit }: Core, device: DeviceRecord): Promise<void> {
  const tried = await attempt(() => audit.test(device))
  if (tried.ok) return
  if (!(tried.error instanceof Error)) throw tried.error
  const { message } = tried.error
  const { options } = device
  const where = JSON.stringify(options.file_path ?? options.path ?? options.address ?? '')
  throw new ApiError(
    'invalid',
    tried.error instanceof Invalid
      ? message
      : `sanity check failed; unable to open ${where} for writing: ${systemReason(tried.error)}`,
    { cause: tried.error },
  )
}

const describe = ({ path: at, type, description, options, local }: Described) => ({
  type,
  description,
  options,
  local,
  path: at,
})

type Described = Core['audit']['declared'][number]
