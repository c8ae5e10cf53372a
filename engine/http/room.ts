/** What the bodies of all requests together may take up in memory. */
export class Room {
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  /** A share for one request, empty at first. Disposing of it gives back what it took. */
  share(): Share {
    let taken = 0
    return {
      take: bytes => {
        if (bytes > this.#left) return false
        this.#left -= bytes
        taken += bytes
        return true
      },
      [Symbol.dispose]: () => {
        this.#left += taken
        taken = 0
      },
    }
  }
}

export interface Share extends Disposable {
  /** Whether there was room for so many bytes more, which are then taken. */
  take(bytes: number): boolean
}
