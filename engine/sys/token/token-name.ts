/** The display name of a token, made from the requested one. */
export const shownName = (name: string) =>
  name === '' ? 'token' : `token-${name.replace(/[^a-zA-Z0-9-]/g, '-').replace(/-$/, '')}`
