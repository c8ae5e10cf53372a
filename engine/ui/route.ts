import { type ReadonlySignal, signal } from './preact.ts'

/** Where the page is served; what follows is the path of the API that it shows. */
const BASE = '/ui/'

const shown = signal(pathShown())

/** The path of the API that the address names, decoded, without a slash at its ends: `ssh/roles/web`; empty for the start. */
export const path: ReadonlySignal<string> = shown

/** Follows the buttons of the browser from now on. */
export function followHistory(): void {
  addEventListener('popstate', () => {
    shown.value = pathShown()
  })
}

function pathShown(): string {
  const raw = location.pathname.slice(BASE.length).replace(/^\/+|\/+$/g, '')
  return raw.split('/').map(decoded).join('/')
}

/** A part of an address that anybody may have written. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
