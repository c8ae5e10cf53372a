/** The name by which people know a token, made of the one that was asked for. */
export const shownName = (name: string) =>
  name === '' ? 'token' : `token-${name.replace(/[^a-zA-Z0-9-]/g, '-').replace(/-$/, '')}`
