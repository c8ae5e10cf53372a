import type { Call } from '../../api/call.ts'
import type { Reply } from '../../api/reply.ts'
import type { Operation } from '../../api/request.ts'
import type { Core } from '../../core/core.ts'
import { authorize } from '../../core/request/authorize.ts'

/** The form of a ceremony's API: `bare` as in Vault, with shares only and without an envelope, or `enveloped` as in OpenBao since 2.5, with a token. */
export type Form = 'bare' | 'enveloped'

/** The reply of a ceremony in its form. The envelope repeats the data at its top level, where older clients expect it. */
export const answer = (form: Form, body: object): Reply =>
  form === 'bare' ? { bare: { status: 200, body } } : { data: body, hoisted: true }

/** Requires an authorized token on a path that is public in the `bare` form. @throws {ApiError} denied */
export async function requireToken(
  core: Core,
  {
    form,
    call,
    operation,
  }: { readonly form: Form; readonly call: Call; readonly operation: Operation },
): Promise<void> {
  if (form === 'bare') await authorize(core, call, operation)
}
