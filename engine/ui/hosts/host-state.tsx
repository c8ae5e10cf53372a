import { text } from '../text.ts'
import type { Host } from './host.ts'

/** Whether a host may redeem passwords, in a word with a colour of its own. */
export function HostState({ host: { disabled, enrolled } }: { readonly host: Host }) {
  if (disabled) return <span class="state bad">{text.hosts.disabled}</span>
  if (!enrolled) return <span class="state">{text.hosts.notEnrolled}</span>
  return <span class="state good">{text.hosts.enrolled}</span>
}
