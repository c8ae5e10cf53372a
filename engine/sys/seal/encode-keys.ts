/** Keys as Vault's replies give them: in hex and in base64. */
export const inBothForms = (keys: readonly Buffer[]) => ({
  hex: keys.map(key => key.toString('hex')),
  base64: keys.map(key => key.toString('base64')),
})
