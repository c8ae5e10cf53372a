/** What the page uses of Preact and its signals; no other file names these libraries. */
export type { ReadonlySignal } from '@preact/signals'
export { signal } from '@preact/signals'
export { render } from 'preact'
