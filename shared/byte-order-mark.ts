/** The text without a byte order mark, which some editors write at the start of a file. */
export const withoutByteOrderMark = (text: string): string => text.replace(/^\ufeff/, '')
