/** What the page uses of Preact and its signals; no other file names these libraries. */
export type { ReadonlySignal, Signal } from '@preact/signals'
export {
  effect,
  signal,
  useSignal,
  useSignalEffect,
} from '@preact/signals'
export type { ComponentChildren } from 'preact'
export { Component, render } from 'preact'
export { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks'
