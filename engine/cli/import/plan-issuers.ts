import type { Issuer } from '../snapshot/snapshot.ts'
import { textOf } from '../snapshot/text-of.ts'
import { keyId } from './ca-key-files.ts'
import type { Import } from './import-parts.ts'
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
  if (issuers.has(id)) builder.compare({ path, before: shown, after: shown, async perform() {} })
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

const withoutKey = ({ mount, present }: SshMounts, { publicKey, isDefault }: Issuer) => ({
  what: `private key of the ${isDefault ? 'CA' : 'issuer'} of ${mount.path}: ${publicKey}`,
  reason: 'no server tells it',
  remedy: `if you have it in a file, add -ca-key=FILE. Else ${
    present?.issuers.length
      ? 'sign with the CA that the target has'
      : `make a new CA: postern write ${mount.path}config/ca generate_signing_key=true`
  }, and let the hosts trust both keys until the last certificate of this one has expired`,
})
