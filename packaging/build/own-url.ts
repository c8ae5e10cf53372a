import { pathToFileURL } from 'node:url'

/** What `import.meta.url` becomes in a bundle: the program's own place. */
export const ownUrl = pathToFileURL(process.execPath).href
