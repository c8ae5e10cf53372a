/** A serial number as the inventory has it, 16 digits, from the way people write it: hexadecimal, short or with colons. */
export function paddedSerial(text: string): string | undefined {
  const digits = text.replaceAll(':', '').replace(/^0x/i, '').toLowerCase()
  return /^[0-9a-f]{1,16}$/.test(digits) ? digits.padStart(16, '0') : undefined
}
