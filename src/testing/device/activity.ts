/** Counts what a device is asked for: while the count moves, the code on it is at work. */
export class Activity {
  #count = 0

  get count(): number {
    return this.#count
  }

  note(): void {
    this.#count++
  }
}
