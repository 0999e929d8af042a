/** A protected resource answered, and it is no success. */
export class ResponseError extends Error {
  override readonly name = 'ResponseError'
  readonly status: number
  /** Unread: for its body, or for `stepUpNeeded`. Not enumerable, so that nothing that copies errors copies it. */
  declare readonly response: Response

  constructor(response: Response) {
    super(`The protected resource answered ${response.status} ${response.statusText}`.trimEnd())
    this.status = response.status
    Object.defineProperty(this, 'response', { value: response })
  }
}
