export interface SessionLimits {
  /** How long a session lives that nobody uses, ms. */
  idleMs: number
  /** How long any lives, ms. */
  absoluteMs: number
}
