import { X509Certificate } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Invalid } from '../../shared/invalid.ts'
import { systemReason } from '../../shared/system-reason.ts'

/** Bytes of a file. Everybody may fetch it, so it is a few certificates and never the system's list of all CAs. */
const MOST_BYTES = 64 * 1024

/**
 * Reads the CA certificates that the server publishes, and returns them in PEM. Everything else in the file is left out, such as a private key.
 * @throws {Invalid} with the name of the file, if it cannot be read, is longer than 64 KiB, or has no certificate or an unreadable one
 */
export async function readTlsAuthority(file: string): Promise<string> {
  const text = await textOf(file)
  const blocks = text.match(PEM) ?? []
  if (blocks.length === 0) throw new Invalid(`${file} cannot be used: it holds no certificate`)
  return blocks.map((block, index) => certificateIn(file, block, index + 1)).join('')
}

const PEM = /-----BEGIN CERTIFICATE-----(?:[^-]*-----END CERTIFICATE-----)?/g

async function textOf(file: string): Promise<string> {
  try {
    await using handle = await open(file)
    const bytes = Buffer.alloc(MOST_BYTES + 1)
    const { bytesRead } = await handle.read(bytes)
    if (bytesRead <= MOST_BYTES) return bytes.toString('latin1', 0, bytesRead)
  } catch (cause) {
    throw new Invalid(`cannot read ${file}: ${systemReason(cause)}`, { cause })
  }
  throw new Invalid(`${file} cannot be used: it is longer than 64 KiB`)
}

function certificateIn(file: string, block: string, number: number): string {
  try {
    return new X509Certificate(block).toString()
  } catch (cause) {
    throw new Invalid(`${file} cannot be used: certificate ${number} cannot be read`, { cause })
  }
}
