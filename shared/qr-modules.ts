import encodeQR from 'qr'

/**
 * The modules of a text as a QR code, row by row: true is dark. With a quiet zone of that many light modules around it.
 * @throws {Error} for a text of more than about 2 000 bytes
 */
export const qrModules = (text: string, quiet: number): readonly (readonly boolean[])[] =>
  encodeQR(text, 'raw', { ecc: 'medium', border: quiet })
