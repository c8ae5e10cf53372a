import { attempt } from '../../../shared/result.ts'
import type { LeasedKeyType } from '../../ssh/role/key-type.ts'
import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { bindingsFor, type RoleNaming } from './binding.ts'
import { boundCredential } from './bound-credential.ts'
import { type Credential, revoke } from './credential.ts'
import type { Interruption } from './interruption.ts'
import type { Target } from './target.ts'
import { whyNoCredential } from './why-no-credential.ts'

interface Wanted {
  readonly mount: string
  readonly role: string
  /** The required kind of credential; undefined for that of the role. */
  readonly mode: LeasedKeyType | undefined
  /** By what the role covers hosts. */
  readonly naming: RoleNaming
  /** Name of an enrolled host that it is for; undefined for the host that ssh connects to. */
  readonly host: string | undefined
}

interface Session {
  readonly client: Client
  readonly interruption: Interruption
}

/** A credential of the required kind. @throws {Failure} that names the -mode for the role */
export async function matchingCredential(
  target: Target,
  wanted: Wanted,
  session: Session,
): Promise<Credential> {
  const { mode, mount, role } = wanted
  const { client } = session
  const bindings = bindingsFor(target, wanted)
  const requested = await attempt(() => boundCredential(target, { ...wanted, bindings }, session))
  if (!requested.ok) {
    const { error } = requested
    const asked = { ...target, bindings, isHostNamed: wanted.host !== undefined }
    const why = await whyNoCredential(error, asked, { client, mount, role })
    if (why === undefined || !(error instanceof Failure)) throw error
    throw new Failure(`${error.message.trimEnd()}\n\n${why}`, error.exitCode, {
      cause: error.cause,
    })
  }
  const { keyType } = requested.value
  if (mode === undefined || mode === keyType) return requested.value
  await attempt(() => revoke(requested.value, client))
  throw new Failure(
    `the role ${JSON.stringify(role)} makes other credentials: use -mode=${keyType}`,
  )
}
