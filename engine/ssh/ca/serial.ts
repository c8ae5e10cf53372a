/** A serial number in the form of the inventory, 16 hexadecimal digits, from a shorter form or one with colons. */
export function paddedSerial(text: string): string | undefined {
  const digits = text.replaceAll(':', '').replace(/^0x/i, '').toLowerCase()
  return /^[0-9a-f]{1,16}$/.test(digits) ? digits.padStart(16, '0') : undefined
}

const LARGEST = 2n ** 64n - 1n

/**
 * The serial numbers, in the form of the inventory, that a text can mean: hexadecimal first, then decimal, as sshd logs them. A text
 * with colons or `0x` is hexadecimal only.
 */
export function serialsMeant(text: string): readonly string[] {
  const hex = paddedSerial(text)
  const number = /^\d{1,20}$/.test(text) ? BigInt(text) : undefined
  const decimal =
    number !== undefined && number <= LARGEST ? number.toString(16).padStart(16, '0') : undefined
  return [...new Set([hex, decimal])].filter(serial => serial !== undefined)
}
