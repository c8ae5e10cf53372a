/** One entry of the program header table. System V ABI, chapter 5. */
interface Segment {
  /** Offset of the entry itself. */
  readonly at: number
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly fileSize: number
  readonly memorySize: number
}

const LOAD = 1
const NOTE = 4

/** Values of e_machine, by Node's names. */
const MACHINES: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' }

/** The processor that an ELF program is for, by Node's name; undefined for one that Postern is not built for. */
export const architectureOf = (program: Buffer): string | undefined =>
  MACHINES[program.readUInt16LE(0x12)]

/**
 * A copy of an ELF program with another note, which is loaded into memory. Section headers and symbols, which a running program does
 * not need, are left out.
 *
 * The note is put behind the zeroed data of the last loaded segment, which then extends to the end of the file. So nothing moves, and
 * the table needs no new entry.
 * @throws if the layout of the program is not that of Linux's linkers
 */
export function withNote(program: Buffer, name: string, content: Buffer): Buffer {
  if (program.readUInt32BE(0) !== 0x7f454c46 || program[4] !== 2 || program[5] !== 1)
    throw new Error('not a little-endian 64-bit ELF program')
  const segments = segmentsOf(program)
  const notes = segments.filter(({ type }) => type === NOTE)
  const data = segments.filter(({ type }) => type === LOAD).at(-1)
  const note = notes[0]
  if (!data || !note) throw new Error('the ELF program has no segment for data or none for notes')

  const old = program.subarray(note.offset, note.offset + note.fileSize)
  const all = Buffer.concat([old, padded(old.length), noteOf(name, content)])
  const zeros = Buffer.alloc(data.memorySize - data.fileSize)
  const start = data.memorySize + padded(data.address + data.memorySize).length
  const result = Buffer.concat([
    program.subarray(0, data.offset + data.fileSize),
    zeros,
    padded(data.address + data.memorySize),
    all,
  ])
  const whole = start + all.length
  place(result, { ...data, fileSize: whole, memorySize: whole })
  place(result, {
    ...note,
    offset: data.offset + start,
    address: data.address + start,
    fileSize: all.length,
    memorySize: all.length,
  })
  // no section headers: e_shoff, e_shnum and e_shstrndx
  result.writeBigUInt64LE(0n, 0x28)
  result.writeUInt32LE(0, 0x3c)
  return result
}

function segmentsOf(program: Buffer): readonly Segment[] {
  const [table, size, count] = [
    Number(program.readBigUInt64LE(0x20)),
    program.readUInt16LE(0x36),
    program.readUInt16LE(0x38),
  ]
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * size
    const field = (offset: number) => Number(program.readBigUInt64LE(at + offset))
    return {
      at,
      type: program.readUInt32LE(at),
      offset: field(0x08),
      address: field(0x10),
      fileSize: field(0x20),
      memorySize: field(0x28),
    }
  })
}

/** Writes a changed entry; its physical address is its virtual one. */
function place(program: Buffer, { at, offset, address, fileSize, memorySize }: Segment): void {
  const fields = [offset, address, address, fileSize, memorySize]
  for (const [index, value] of fields.entries())
    program.writeBigUInt64LE(BigInt(value), at + 0x08 + index * 8)
}

function noteOf(name: string, content: Buffer): Buffer {
  const title = Buffer.from(`${name}\0`)
  const header = Buffer.alloc(12)
  header.writeUInt32LE(title.length, 0)
  header.writeUInt32LE(content.length, 4)
  return Buffer.concat([header, title, padded(title.length), content, padded(content.length)])
}

/** The zeros that bring `length` to a multiple of four. */
const padded = (length: number) => Buffer.alloc(-length & 3)
