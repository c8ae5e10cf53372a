import type { KeyType } from '../../../ssh/role/key-type.ts'
import type { Client } from '../../client.ts'
import type { RoleNaming } from '../binding.ts'
import { defaultRole } from '../default-role.ts'
import { kindOf, modeOf } from '../key-type.ts'
import type { SshPlan } from '../ssh-client.ts'
import { findTarget } from '../target.ts'
import type { Check } from './check-context.ts'
import type { CheckCall } from './check-flags.ts'

/** What a check needs to get a credential. */
export interface Prepared {
  readonly check: Check
  /** Its environment is that of the ssh it runs. */
  readonly call: CheckCall
  readonly client: Client
  readonly mount: string
  readonly plan: SshPlan
}

interface ChosenRole {
  readonly role: string
  readonly kind: KeyType
  readonly naming: RoleNaming
}

/** The role of the block, or the only one that covers the host, and what it makes. @throws {Failure} */
export async function roleFor({ check, call, client, mount }: Prepared): Promise<ChosenRole> {
  const { flags, io, print } = call
  const { role } = flags
  const mode = flags.mode === undefined ? undefined : modeOf(flags.mode)
  if (role !== undefined && mode !== undefined)
    return { role, kind: mode, naming: mode === 'dynamic' ? 'addresses' : undefined }
  if (role !== undefined) {
    const { keyType: kind, naming } = await kindOf(client, mount, role)
    return { role, kind, naming }
  }
  const program = { executable: check.ssh.executable, environment: io.environment }
  const target = await findTarget(program, check.ssh.words)
  const found = await defaultRole({ mount, host: undefined, mode }, target, { client, print, io })
  return { role: found.role, kind: found.keyType ?? 'otp', naming: found.naming }
}
