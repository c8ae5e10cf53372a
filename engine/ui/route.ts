import { apiPathOf } from './api/api-path.ts'
import { type ReadonlySignal, signal } from './preact.ts'

/** Where the page is served; what follows is the path of the API that it shows. */
const BASE = '/ui/'

const shown = signal(pathShown())

/** The path of the API that the address names, decoded, without a slash at its ends: `ssh/roles/web`; empty for the start. */
export const path: ReadonlySignal<string> = shown

/** Shows the page of a path of the API, and keeps the one before in the history of the browser. The focus goes to its title. */
export function goTo(target: string): void {
  leaveFocus()
  if (target !== shown.value) history.pushState(undefined, '', addressOf(target))
  shown.value = pathShown()
}

/** Shows the page of a path in place of the one that the address names, without its query. */
export function replaceBy(target: string): void {
  history.replaceState(undefined, '', addressOf(target))
  shown.value = pathShown()
}

/** The address of the page of a path of the API. */
export const addressOf = (target: string): string =>
  BASE + target.split('/').map(encodeURIComponent).join('/')

/** Follows the buttons of the browser from now on. */
export function followHistory(): void {
  addEventListener('popstate', () => {
    leaveFocus()
    shown.value = pathShown()
  })
}

/** The title of a page takes the focus that nothing else has. */
function leaveFocus(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
}

function pathShown(): string {
  return apiPathOf(location.pathname.slice(BASE.length))
}
