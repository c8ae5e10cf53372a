/** A file of an archive. */
export interface ArchivedFile {
  /** Path with `/`, of at most 100 bytes. */
  readonly name: string
  readonly contents: string
}

const BLOCK = 512

/** A tar archive in the format of POSIX.1-1988 (ustar). Its files have mode 0600 and belong to root. @param at milliseconds since 1970 */
export function tar(files: readonly ArchivedFile[], at: number): Buffer {
  const parts = files.flatMap(({ name, contents }) => {
    const bytes = Buffer.from(contents)
    return [header(name, bytes.length, at), bytes, padding(bytes.length)]
  })
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}

const padding = (length: number) => Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK)

function header(name: string, size: number, at: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  block.write(name, 0, 100)
  block.write(`${octal(0o600, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100)
  block.write(`${octal(size, 11)}\0${octal(Math.floor(at / 1000), 11)}\0`, 124)
  // the checksum is counted with blanks in its own place
  block.write('        0', 148)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\0 `, 148)
  return block
}
