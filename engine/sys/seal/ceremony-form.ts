import type { Call } from '../../api/call.ts'
import type { Reply } from '../../api/reply.ts'
import type { Operation } from '../../api/request.ts'
import type { Core } from '../../core/core.ts'
import { authorize } from '../../core/request/authorize.ts'

/** How the paths of a ceremony are asked and answered: for shares alone and without an envelope as in Vault, or as OpenBao does since 2.5. */
export type Form = 'bare' | 'enveloped'

/** The answer of a ceremony in its form. The envelope has everything at its top, too, where older clients look for it. */
export const answer = (form: Form, body: object): Reply =>
  form === 'bare' ? { bare: { status: 200, body } } : { data: body, hoisted: true }

/** Requires a token that may do this, on a path that by itself needs none. @throws {ApiError} denied */
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
