/**
 * The bytes that a signature covers: a heading that names what is signed, and the parts. Each is preceded by its length, so that no two
 * lists of parts come to the same bytes: its bytes are counted in decimal, followed by a colon, the bytes, and a newline.
 */
export const signedText = (heading: string, parts: readonly string[]): Buffer =>
  Buffer.from(`${heading}\n${parts.map(part => `${Buffer.byteLength(part)}:${part}\n`).join('')}`)
