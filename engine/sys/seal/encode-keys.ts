/** Keys in hex and in base64, as in Vault's replies. */
export const encodeKeys = (keys: readonly Buffer[]) => ({
  hex: keys.map(key => key.toString('hex')),
  base64: keys.map(key => key.toString('base64')),
})
