/** The part of time that the timeline shows, and where `now` is in it. */
export interface Scale {
  from: number
  to: number
  /** Seconds between two ticks. */
  step: number
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300]

/** Chooses a scale with room for the token's whole life ahead, and for one or two tokens behind. */
export function scaleOf(now: number, lifetime: number): Scale {
  const ahead = lifetime * 1.2 + 500
  const behind = Math.max(lifetime * 1.6, 6000)
  const step = STEPS.find((one) => (ahead + behind) / (one * 1000) <= 8) ?? 600
  return { from: now - behind, to: now + ahead, step }
}

/** Gives the place of an instant, in percent from the left. */
export const place = ({ from, to }: Scale, at: number): number => ((at - from) / (to - from)) * 100

/** Gives the ticks at whole steps before and after now, without the edges; 0 is now. */
export function ticks({ from, to, step }: Scale, now: number): number[] {
  const rim = (to - from) * 0.04
  const first = Math.ceil((from - now + rim) / 1000 / step)
  const last = Math.floor((to - now - rim) / 1000 / step)
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step)
}

/**
 * Chooses the marks with room for their text before the next mark. Of several close together that is the last, which
 * says how it ended. `character` is the width of one, in percent of the whole.
 */
export function legible(
  marks: readonly { id: number; at: number; text: string }[],
  scale: Scale,
  character: number,
): Set<number> {
  const shown = new Set<number>()
  let next = 100
  for (const { id, at, text } of marks.toReversed()) {
    const left = place(scale, at)
    if (text && left + (text.length + 2) * character <= next) shown.add(id)
    next = left
  }
  return shown
}

/** Gives how long before expiry a watched token is due for a refresh. */
export const leadOf = (lifetime: number) => Math.min(60_000, lifetime / 5)
