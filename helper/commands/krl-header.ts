/** The first bytes of a KRL, and the offset of its version. PROTOCOL.krl of OpenSSH. */
const MAGIC = Buffer.from('SSHKRL\n\0', 'latin1')
const VERSION_AT = 12

/** The version of a KRL; undefined for anything else. */
export const krlVersion = (list: Buffer): bigint | undefined =>
  list.subarray(0, MAGIC.length).equals(MAGIC) && list.length >= VERSION_AT + 8
    ? list.readBigUInt64BE(VERSION_AT)
    : undefined
