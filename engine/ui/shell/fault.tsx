import { Component, type ComponentChildren } from '../preact.ts'
import { text } from '../text.ts'

/** Shows that a page has a fault, in its place, and leaves the others usable. */
export class Fault extends Component<
  { readonly children: ComponentChildren },
  { failed: boolean }
> {
  static override getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <div role="alert">
        <h1>{text.broken.title}</h1>
        <p>{text.broken.text}</p>
        <button type="button" onClick={() => location.reload()}>
          {text.broken.reload}
        </button>
      </div>
    )
  }
}
