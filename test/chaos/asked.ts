import type { Node } from '../system/cluster/cluster.ts'

/** What the driver knows of a request: whether it was answered with success, refused, perhaps done without an answer, or never sent. */
export type Outcome = 'done' | 'refused' | 'unknown' | 'unsent'

export interface Asked {
  readonly outcome: Outcome
  /** 0 where no answer came. */
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: replies of every shape
  readonly body: any
}

/** Milliseconds for an answer: longer than an engine waits for its database. */
const PATIENCE = 20_000

/** Asks a node, which may be stopped or cut off at any moment. Never throws. */
export async function asked(
  node: Node,
  ...[method, path, data, token]: Parameters<Node['ask']>
): Promise<Asked> {
  try {
    const signal = AbortSignal.timeout(PATIENCE)
    const { status, body } = await node.ask(method, path, data, token, signal)
    return { outcome: outcomeOf(status), status, body }
  } catch (error) {
    const code = (error as { readonly code?: string }).code
    return { outcome: code === 'ECONNREFUSED' ? 'unsent' : 'unknown', status: 0, body: undefined }
  }
}

/** An engine answers with an error of the server, such as 503, when it cannot know whether the database has done it. */
const outcomeOf = (status: number): Outcome =>
  status < 300 ? 'done' : status < 500 ? 'refused' : 'unknown'
