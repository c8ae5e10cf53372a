/** The prime of the field of Curve25519. */
const P = 2n ** 255n - 19n

const LENGTH = 32

/**
 * The X25519 public key of an Ed25519 public key, each in its 32 bytes: u = (1 + y) / (1 − y). RFC 7748 §4.1
 * A point that is none gives a key with which no secret can be agreed, or that nobody has.
 */
export function montgomeryOf(edwards: Uint8Array): Buffer {
  const y = numberOf(edwards) & (2n ** 255n - 1n)
  return bytesOf(modulo((1n + y) * inverse(modulo(1n - y))))
}

const modulo = (value: bigint) => ((value % P) + P) % P

/** By the extended Euclidean algorithm; 0 for 0. The values are public. */
function inverse(value: bigint): bigint {
  let [r, next, s, after] = [P, value, 0n, 1n]
  while (next !== 0n) {
    const times = r / next
    ;[r, next] = [next, r - times * next]
    ;[s, after] = [after, s - times * after]
  }
  return modulo(s)
}

/** Little-endian. */
const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)

const bytesOf = (value: bigint) =>
  Buffer.from(value.toString(16).padStart(2 * LENGTH, '0'), 'hex').reverse()
