import { renameSync } from 'node:fs'
import { memberOf } from './client.ts'
import type { Prepared } from './mixed-tasks.ts'
import type { Operator } from './operator.ts'
import type { Program } from './programs.ts'

/** An engine under load, and what its operator has. */
export interface Disturbed {
  readonly engine: Program
  readonly operator: Operator
  readonly prepared: Prepared
  /** Path of its audit log. */
  readonly audit: string
}

/** Where an audit log is moved to, in place of the one before. */
export const movedLog = (audit: string): string => `${audit}.1`

type Disturbance = (disturbed: Disturbed, at: number) => Promise<unknown> | unknown

/** What operators do to an engine that is at work. Of all this only the seal may be noticed by clients. */
export const DISTURBANCES: Readonly<Record<string, Disturbance>> = {
  reload: ({ engine }) => process.kill(engine.pid, 'SIGHUP'),
  'new storage key': ({ operator }) => operator.ask('PUT', 'sys/rotate'),
  'moved log': ({ engine, audit }) => {
    renameSync(audit, movedLog(audit))
    process.kill(engine.pid, 'SIGHUP')
  },
  seal: async ({ engine, operator }) => {
    await operator.ask('PUT', 'sys/seal')
    const keys = /^Recovery Keys: (.+)$/m.exec(engine.output)?.[1]?.split(' ') ?? []
    // three of five
    for (const key of keys.slice(0, 3)) await operator.ask('PUT', 'sys/unseal', { key })
  },
  'new CA key': async ({ operator }) => {
    const before = memberOf(await operator.ask('GET', 'ssh/config/issuers'), 'default')
    const key = { generate_signing_key: true, key_type: 'ssh-ed25519', set_default: true }
    await operator.ask('PUT', 'ssh/issuers/import', key)
    await operator.ask('DELETE', `ssh/issuer/${before}`)
  },
  // few, since they stay on the list for a day
  revocations: async ({ operator, prepared: { publicKey: public_key } }) => {
    for (let at = 0; at < 10; at++) {
      const signed = await operator.ask('PUT', 'ssh/sign/user', { public_key })
      const serial_number = memberOf(signed, 'serial_number')
      await operator.ask('PUT', 'ssh/revoke', { serial_number })
    }
  },
  'new settings': async ({ operator }, at) => {
    const policy = `path "ssh/roles/${at}" { capabilities = ["read"] }`
    await operator.ask('PUT', 'sys/policies/acl/other', { policy })
    await operator.ask('PUT', 'ssh/roles/other0', { key_type: 'otp', default_user: `u${at}` })
    await operator.ask('PUT', 'sys/mounts/other', { type: 'ssh' })
    await operator.ask('PUT', 'other/roles/web', { key_type: 'otp', default_user: 'ubuntu' })
    await operator.ask('DELETE', 'sys/mounts/other')
  },
  'audit search': ({ operator }) =>
    operator.ask('PUT', 'sys/audit-search/file', { path: 'sys/', limit: 10 }),
}
