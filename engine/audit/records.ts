import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** A device as an operator has enabled it. */
export interface DeviceRecord {
  /** Ends in `/`. */
  readonly path: string
  readonly type: string
  readonly description: string
  readonly options: Readonly<Record<string, string>>
  readonly local: boolean
  readonly salt: string
}

/** One record for all devices, so that a node needs one read to see changes. */
const devices = new Table<{ readonly list: readonly DeviceRecord[] }>('audit/')
const LIST = 'devices'

/** Salts of the devices declared in configuration files: the same on every node. */
const salts = new Table<{ readonly salt: string }>('audit/salt/')

const keys = new Table<SigningKey>('audit/key/')
const CURRENT = 'current'

/** Signs the heads of all devices of the cluster. */
interface SigningKey {
  /** PKCS #8 in PEM. */
  readonly privateKey: string
}

/** The devices that have been enabled, in order of their paths. */
export const storedDevices = async (tx: Tx): Promise<readonly DeviceRecord[]> =>
  (await devices.get(tx, LIST))?.list ?? []

export async function putDevice(tx: Tx, device: DeviceRecord): Promise<void> {
  const others = (await storedDevices(tx)).filter(({ path }) => path !== device.path)
  const list = [...others, device].sort((a, b) => (a.path < b.path ? -1 : 1))
  devices.put(tx, LIST, { list })
}

export async function deleteDevice(tx: Tx, path: string): Promise<void> {
  const all = await storedDevices(tx)
  const list = all.filter(device => device.path !== path)
  if (list.length < all.length) devices.put(tx, LIST, { list })
}

/** The salt of a device. The first call makes it. */
export async function saltFor(tx: Tx, path: string): Promise<string> {
  const found = await salts.get(tx, encodeURIComponent(path))
  if (found) return found.salt
  const salt = newSalt()
  salts.put(tx, encodeURIComponent(path), { salt })
  return salt
}

export const newSalt = (): string => randomBytes(32).toString('hex')

/** The private key in PEM. The first call makes it. */
export async function signingKey(tx: Tx): Promise<string> {
  const found = await keys.get(tx, CURRENT)
  if (found) return found.privateKey
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  keys.put(tx, CURRENT, { privateKey })
  return privateKey
}
