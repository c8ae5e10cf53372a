/** A value of DER: its tag, its length and its content. X.690 §8.1. At most 65 535 bytes. */
export const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  const size = content.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.of(tag, ...length), content])
}

export const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts)
export const integer = (content: Buffer) => der(0x02, content)
export const bits = (content: Buffer) => der(0x03, Buffer.of(0), content)
export const octets = (content: Buffer) => der(0x04, content)
export const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
export const YES = der(0x01, Buffer.of(0xff))
