/** The same text without the byte order mark that some programs put at the beginning of a file. */
export const withoutByteOrderMark = (text: string): string => text.replace(/^\ufeff/, '')
