import type { SessionStatus } from 'evertoken'

/** The place of each state: on a ring, so that every step has a way of its own. */
export interface Layout {
  width: number
  height: number
  at: Record<SessionStatus, readonly [x: number, y: number]>
}

export const NODE = { width: 104, height: 38 }

export const WIDE: Layout = {
  width: 660,
  height: 324,
  at: {
    restoring: [60, 162],
    'signed-out': [200, 40],
    'signing-in': [460, 40],
    'signed-in': [600, 162],
    expired: [460, 284],
    error: [200, 284],
  },
}

export const NARROW: Layout = {
  width: 326,
  height: 400,
  at: {
    restoring: [163, 24],
    'signed-out': [57, 122],
    'signing-in': [57, 278],
    'signed-in': [163, 376],
    expired: [269, 278],
    error: [269, 122],
  },
}

/** Every step that the session can take. It ignores any other. */
export const STEPS: Record<SessionStatus, readonly SessionStatus[]> = {
  restoring: ['signed-out', 'signing-in', 'signed-in', 'error'],
  'signed-out': ['signing-in', 'signed-in', 'error'],
  'signing-in': ['signed-in', 'signed-out', 'expired', 'error'],
  'signed-in': ['signed-out', 'signing-in', 'expired', 'error'],
  expired: ['signing-in', 'signed-in', 'signed-out'],
  error: ['signing-in', 'signed-in', 'signed-out'],
}

/** How far an arrow bends, so that the ways there and back are two. */
const BOW = 13

/** Makes the arrow between two states, from edge to edge. */
export function arrow({ at }: Layout, from: SessionStatus, to: SessionStatus) {
  const [x1, y1] = at[from]
  const [x2, y2] = at[to]
  const length = Math.hypot(x2 - x1, y2 - y1)
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length]
  const [bendX, bendY] = [(x1 + x2) / 2 - dy * BOW * 2, (y1 + y2) / 2 + dx * BOW * 2]
  const start = rim(x1, y1, bendX, bendY, 3)
  const end = rim(x2, y2, bendX, bendY, 8)
  return {
    path: `M${start} Q${round(bendX)} ${round(bendY)} ${end}`,
    /** Gives a place beside its middle for a label of that width. */
    beside(labelWidth: number): readonly [x: number, y: number] {
      const away = BOW + 6 + (Math.abs(dy) * labelWidth) / 2 + Math.abs(dx) * 12
      return [(x1 + x2) / 2 - dy * away, (y1 + y2) / 2 + dx * away]
    },
  }
}

/** Gives the point where the line from a node's middle to another place leaves its box. */
function rim(x: number, y: number, towardsX: number, towardsY: number, gap: number): string {
  const [dx, dy] = [towardsX - x, towardsY - y]
  const byWidth = (NODE.width / 2 + gap) / Math.abs(dx || 1e-6)
  const byHeight = (NODE.height / 2 + gap) / Math.abs(dy || 1e-6)
  const part = Math.min(byWidth, byHeight, 1)
  return `${round(x + dx * part)} ${round(y + dy * part)}`
}

const round = (value: number) => Math.round(value * 10) / 10
