/** Whether the client has what the tag names, also by way of a proxy that made it a weak one. RFC 9110 §13.1.2 */
export const isKnownTag = (etag: string, header = ''): boolean =>
  header
    .split(',')
    .map(each => each.trim().replace(/^W\//, ''))
    .some(each => each === etag || each === '*')
