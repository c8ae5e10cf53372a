import { pathToFileURL } from 'node:url'

/** Replaces `import.meta.url` in a bundle: the URL of the program. */
export const ownUrl = pathToFileURL(process.execPath).href
