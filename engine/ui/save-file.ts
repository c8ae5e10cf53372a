/** Milliseconds until the browser has read what is saved. */
const READ = 10_000

/** Lets the browser save a text as a file. Only the browser's list of downloads knows its name; its content is in no address. */
export function saveFile(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), READ)
}
