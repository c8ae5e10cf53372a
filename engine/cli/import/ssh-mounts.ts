import type { SshMount } from '../snapshot/snapshot.ts'

/** An SSH mount on both servers. */
export interface SshMounts {
  readonly mount: SshMount
  /** On the target, if it is there. */
  readonly present: SshMount | undefined
  /** Ids of issuers of the target by their public keys. They become known as issuers are imported. */
  readonly issuers: Map<string, string>
}
