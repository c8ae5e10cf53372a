import type { JsonObject } from '../envelope.ts'
import { valueText } from '../value-text.ts'

/** The rows of the seal status, as `status` prints them. */
export function sealRows(state: JsonObject): readonly (readonly [string, string])[] {
  const text = (name: string) => valueText(state[name] ?? '')
  const sealed = state.sealed === true
  return [
    ['Seal Type', text('type')],
    ['Initialized', text('initialized')],
    ['Sealed', text('sealed')],
    [state.recovery_seal === true ? 'Total Recovery Shares' : 'Total Shares', text('n')],
    ['Threshold', text('t')],
    ...(sealed ? [['Unseal Progress', `${text('progress')}/${text('t')}`] as const] : []),
    ...(sealed ? [['Unseal Nonce', text('nonce')] as const] : []),
    ...(state.migration === true ? [['Seal Migration in Progress', 'true'] as const] : []),
    ...OPTIONAL.filter(([, name]) => state[name]).map(
      ([label, name]) => [label, text(name)] as const,
    ),
    ['HA Enabled', text('ha_enabled')],
  ]
}

const OPTIONAL = [
  ['Version', 'version'],
  ['Commit Date', 'commit_date'],
  ['Storage Type', 'storage_type'],
  ['Unconfirmed Shares', 'unconfirmed_shares'],
  ['Cluster Name', 'cluster_name'],
  ['Cluster ID', 'cluster_id'],
  ['Certificate Expiry', 'certificate_expiry'],
  ['CA Fingerprint', 'ca_fingerprint'],
] as const
