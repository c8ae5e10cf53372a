import type { Fields, Values } from '../../shared/field.ts'
import { type Endpoint, endpoint, type SealedCall } from './endpoint.ts'
import type { Reply } from './reply.ts'
import { runHandler } from './run-handler.ts'

interface Declaration<F extends Fields> {
  readonly path: string
  readonly summary: string
  readonly description: string
  readonly fields: F
  readonly operations: {
    readonly [K in 'read' | 'update']?: (
      fields: Values<F>,
      call: SealedCall,
    ) => Promise<Reply | undefined>
  }
}

/** An endpoint that is served in every state of the server. */
export type AlwaysEndpoint = Endpoint & Required<Pick<Endpoint, 'always'>>

/** Declares a path of `sys` that is served in every state of the server, sealed or not, without a token and without audit. Contract §6.3. */
export function alwaysEndpoint<F extends Fields>(declared: Declaration<F>): AlwaysEndpoint {
  return {
    ...endpoint({ ...declared, access: 'public' }),
    always: (operation, data, call) =>
      runHandler(declared, { operation, data, params: {} }, (handler, values) =>
        handler(values, call),
      ),
  }
}
