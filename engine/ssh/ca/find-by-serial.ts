import { ApiError } from '../../api/errors.ts'
import type { Tx } from '../../storage/transact.ts'
import { findCertificate, type SignedCertificate } from './inventory.ts'
import { serialsMeant } from './serial.ts'

/** The certificates whose serial number a text can mean: one, hardly ever two, or none. */
export async function certificatesMeant(
  tx: Tx,
  text: string,
): Promise<readonly SignedCertificate[]> {
  const found = await Promise.all(serialsMeant(text).map(serial => findCertificate(tx, serial)))
  return found.filter(certificate => certificate !== undefined)
}

/** The one certificate whose serial number a text means. @throws {ApiError} invalid, where there are two */
export async function findBySerial(tx: Tx, text: string): Promise<SignedCertificate | undefined> {
  const [first, second] = await certificatesMeant(tx, text)
  if (first && second)
    throw new ApiError(
      'invalid',
      `${text} is the serial number of two certificates: 0x${first.serial}, and in decimal 0x${second.serial}; name the one that is meant by that`,
    )
  return first
}
