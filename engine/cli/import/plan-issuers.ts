import type { JsonObject } from '../envelope.ts'
import type { Issuer } from '../snapshot/snapshot.ts'
import { textOf } from '../snapshot/text-of.ts'
import { keyId } from './ca-key-files.ts'
import type { Import } from './import-parts.ts'
import type { Comparison } from './plan.ts'
import type { SshMounts } from './ssh-mounts.ts'

/** Plans the issuers of a mount whose private keys the user has; the others are named. */
export function planIssuers(parts: Import, both: SshMounts): void {
  const [usual, others] = [true, false].map(wanted =>
    both.mount.issuers.filter(({ isDefault }) => isDefault === wanted),
  )
  // the first issuer of a mount becomes its default
  for (const issuer of [...(usual ?? []), ...(others ?? [])]) planIssuer(parts, both, issuer)
}

function planIssuer({ builder, caKeys }: Import, both: SshMounts, issuer: Issuer): void {
  const { mount, issuers } = both
  const id = keyId(issuer.publicKey)
  const key = caKeys.get(id)
  const shown = { public_key: issuer.publicKey, default: issuer.isDefault }
  const path = `${mount.path}issuers/import${issuer.name === '' ? '' : `/${issuer.name}`}`
  if (issuers.has(id)) builder.compare(ofPresent(both, issuer, { path, shown, isGiven: !!key }))
  else if (!key) builder.leave(withoutKey(both, issuer))
  else
    builder.compare({
      path,
      before: undefined,
      after: shown,
      async perform(client) {
        const reply = await client.write(path, {
          private_key: key.reveal(),
          public_key: issuer.publicKey,
          set_default: issuer.isDefault,
        })
        const made = textOf(reply?.data?.issuer_id)
        issuers.set(id, made)
        // an issuer that is not the default is trusted, but does not sign until it is active
        if (!issuer.isDefault)
          await client.write(`${mount.path}issuer/${made}`, { state: 'active' })
      },
    })
}

interface Shown {
  readonly path: string
  readonly shown: JsonObject
  /** The user has given its private key. */
  readonly isGiven: boolean
}

/** An issuer that is there. An import that was interrupted may have left it staged: it is active only after a second request. */
function ofPresent(
  { mount, present, issuers }: SshMounts,
  { publicKey, isDefault }: Issuer,
  { path, shown, isGiven }: Shown,
): Comparison {
  const own = present?.issuers.find(each => keyId(each.publicKey) === keyId(publicKey))
  const isUnfinished = isGiven && !isDefault && own?.state === 'staged'
  const state = isUnfinished ? { state: 'active' } : {}
  return {
    path,
    before: { ...shown, ...(isUnfinished && { state: 'staged' }) },
    after: { ...shown, ...state },
    async perform(client) {
      await client.write(`${mount.path}issuer/${issuers.get(keyId(publicKey))}`, state)
    },
  }
}

const withoutKey = ({ mount, present }: SshMounts, { publicKey, isDefault }: Issuer) => ({
  what: `private key of the ${isDefault ? 'CA' : 'issuer'} of ${mount.path}: ${publicKey}`,
  reason: 'no server tells it',
  remedy: `if you have it in a file, add -ca-key=FILE. Else ${
    present?.issuers.length
      ? 'sign with the CA that the target has'
      : `make a new CA: postern write ${mount.path}config/ca generate_signing_key=true`
  }, and let the hosts trust both keys until the last certificate of this one has expired`,
})
