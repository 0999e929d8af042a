import type { DirectBody } from '../http/exchange.ts'
import { drained } from './drained.ts'
import type { HttpAnswer } from './http-types.ts'
import type { NodeResponse } from './node-types.ts'

/** The body of an upstream's answer. It is read as fast as somebody takes it; what is cut off does not pass for the whole. */
export class NodeBody implements DirectBody {
  readonly #answer: HttpAnswer
  /** Nothing more comes. */
  #isOver = false
  /** Bytes that it has by its `Content-Length`; NaN where that says nothing. */
  readonly #length: number
  /** Who takes it hears of its end. */
  #ended = (_isWhole: boolean): void => {}

  constructor(answer: HttpAnswer, length: string | null) {
    this.#answer = answer
    this.#length = length === null ? NaN : Number(length)
    const cut = () => this.#end(false)
    answer.on('error', cut)
    // Read to its end it is closed, too, and then it is over already.
    answer.on('close', cut)
    answer.on('end', () => this.#end(answer.complete))
  }

  async cancel(): Promise<void> {
    this.#isOver = true
    this.#answer.destroy()
  }

  toStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const answer = this.#answer
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => {
          const ended = (isWhole: boolean) => {
            if (isWhole) controller.close()
            else controller.error(new Error('The answer broke off.'))
          }
          const take = (chunk: Uint8Array<ArrayBuffer>) => {
            controller.enqueue(chunk)
            if ((controller.desiredSize ?? 0) <= 0) answer.pause()
          }
          this.#take(take, ended)
          answer.pause()
        },
        pull: () => void answer.resume(),
        cancel: () => this.cancel(),
      },
      { highWaterMark: 0 },
    )
  }

  /** A client that leaves ends the reading at its source. */
  sendTo(outgoing: NodeResponse): Promise<void> {
    const answer = this.#answer
    return new Promise((resolve) => {
      const ended = (isWhole: boolean) => {
        if (isWhole) outgoing.end()
        else outgoing.destroy()
        resolve()
      }
      outgoing.once('close', () => {
        if (!this.#isOver) answer.destroy()
      })
      let left = this.#length
      const take = (chunk: Uint8Array<ArrayBuffer>) => {
        left -= chunk.length
        if (left === 0) {
          // The last one ends the response in the same write.
          this.#isOver = true
          outgoing.end(chunk)
          return resolve()
        }
        if (outgoing.write(chunk)) return
        answer.pause()
        void drained(outgoing).then(() => answer.resume())
      }
      this.#take(take, ended)
      if (outgoing.destroyed) answer.destroy()
    })
  }

  #take(take: (chunk: Uint8Array<ArrayBuffer>) => void, ended: (isWhole: boolean) => void): void {
    if (this.#isOver) return ended(false)
    this.#ended = ended
    this.#answer.on('data', (chunk) => {
      if (!this.#isOver) take(chunk)
    })
  }

  #end(isWhole: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#ended(isWhole)
  }
}
