import type { IpAddress } from '../../../shared/address.ts'
import type { Target } from './target.ts'

/** What a credential is issued for: an address of a host, or an enrolled host by its name in the engine, wherever it is. */
export type Binding = { readonly ip: IpAddress } | { readonly host: string }

/** By what a role covers hosts; undefined if unknown. A role that names hosts may cover addresses as well. */
export type RoleNaming = 'hosts' | 'addresses' | undefined

export const isForHost = (binding: Binding): binding is { readonly host: string } =>
  'host' in binding

/** What to request a credential for, in the order to try. Without knowledge of the role, addresses come first, as any engine knows them. */
export function bindingsFor(
  { names, addresses }: Pick<Target, 'names' | 'addresses'>,
  { host, naming }: { readonly host: string | undefined; readonly naming: RoleNaming },
): readonly Binding[] {
  if (host !== undefined) return [{ host }]
  const byName = names.map(name => ({ host: name }))
  const byAddress = addresses.map(ip => ({ ip }))
  switch (naming) {
    case 'hosts':
      return [...byName, ...byAddress]
    case 'addresses':
      return byAddress
    case undefined:
      return [...byAddress, ...byName]
  }
}

/** `10.1.2.3, 10.1.2.4 and the host web-1` */
export function wordsFor(bindings: readonly Binding[]): string {
  const addresses = bindings.flatMap(each => (isForHost(each) ? [] : [each.ip]))
  const names = bindings.flatMap(each => (isForHost(each) ? [`the host ${each.host}`] : []))
  return [...(addresses.length > 0 ? [addresses.join(', ')] : []), ...names].join(' and ')
}
