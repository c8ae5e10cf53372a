import type { Call } from '../../api/call.ts'
import { readInTurns } from '../../storage/read-in-turns.ts'
import {
  findCertificate,
  type Index,
  isFoundBy,
  type SignedCertificate,
  serialsBy,
} from './inventory.ts'

const PAGE = 1000

/** The certificates in an index that are neither expired nor revoked themselves, in pages. Their issuer may be revoked. */
export async function* liveCertificates(
  call: Pick<Call, 'tx' | 'mount' | 'now'>,
  [by, value]: readonly [Index, string],
): AsyncGenerator<readonly SignedCertificate[]> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = await serialsBy(call, [by, value], { after, limit: PAGE })
    const found = await readInTurns(page, serial => findCertificate(call.tx, serial))
    yield found
      .filter(each => each !== undefined)
      .filter(each => isFoundBy(each, by, value) && isLive(each, call.now))
    after = page.at(-1)
  }
}

const isLive = ({ revokedAt, validBefore }: SignedCertificate, now: Date): boolean =>
  revokedAt === undefined && validBefore * 1000 > now.getTime()
