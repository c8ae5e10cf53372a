import type { JsonObject } from '../envelope.ts'
import { textsOf } from '../print-init.ts'
import { requirePlain } from './require-plain.ts'
import type { Issuer, Mount, SshMount } from './snapshot.ts'
import type { SourceReader } from './source-reader.ts'
import { textOf } from './text-of.ts'

/** Reads the roles, the zero-address roles and the public parts of the CA of an SSH mount. */
export async function readSshMount(reader: SourceReader, mount: Mount): Promise<SshMount> {
  const roles = await reader.all(`${mount.path}roles`)
  const zeroAddress = textsOf((await reader.data(`${mount.path}config/zeroaddress`))?.roles)
  return {
    ...mount,
    roles,
    zeroAddress: [...zeroAddress].sort(),
    issuers: await issuersOf(reader, mount),
    adminKeys: await reader.names(`${mount.path}keys`),
  }
}

async function issuersOf(reader: SourceReader, { path }: Mount): Promise<readonly Issuer[]> {
  const issuers = await reader.all(`${path}issuer`, `${path}issuers`)
  const standard = textOf((await reader.data(`${path}config/issuers`))?.default)
  const found = [...issuers.values()].map(data =>
    issuerOf(data, textOf(data.issuer_id) === standard),
  )
  requirePlain(
    `${path}issuer`,
    found.map(({ name }) => name).filter(name => name !== ''),
  )
  if (found.length > 0) return found
  // servers without issuers have one CA
  const ca = await reader.data(`${path}config/ca`)
  return ca ? [issuerOf(ca, true)] : []
}

const issuerOf = (data: JsonObject, isDefault: boolean): Issuer => ({
  id: textOf(data.issuer_id),
  name: textOf(data.issuer_name),
  publicKey: textOf(data.public_key).trim(),
  isDefault,
  state: textOf(data.state),
})
