import { ApiError } from '../../api/errors.ts'
import type { Tx } from '../../storage/transact.ts'
import { findCertificate, type SignedCertificate } from './inventory.ts'
import { serialsMeant } from './serial.ts'

/** The certificates whose serial number a text can mean: none, one, or very rarely two. */
export async function certificatesMeant(
  tx: Tx,
  text: string,
): Promise<readonly SignedCertificate[]> {
  const found = await Promise.all(serialsMeant(text).map(serial => findCertificate(tx, serial)))
  return found.filter(certificate => certificate !== undefined)
}

/** The certificate with this serial number. @throws {ApiError} invalid, if the text can mean two of them */
export async function findBySerial(tx: Tx, text: string): Promise<SignedCertificate | undefined> {
  const [first, second] = await certificatesMeant(tx, text)
  if (first && second)
    throw new ApiError(
      'invalid',
      `${text} is ambiguous: it is the serial number 0x${first.serial} in hexadecimal and 0x${second.serial} in decimal; use one of these two`,
    )
  return first
}

/** The same. @throws {ApiError} invalid, also if there is none */
export async function requireBySerial(tx: Tx, text: string): Promise<SignedCertificate> {
  const found = await findBySerial(tx, text)
  if (found) return found
  throw new ApiError('invalid', `no certificate has the serial number ${JSON.stringify(text)}`)
}
