import { statePrefix } from './redirect-back.ts'

const POPUP = 'popup.'

/** 128 random bits make a `state` one sign-in's; the mark says whose response it will be, and which window it is for. */
export function newState(mark: string, popup = false): string {
  const random = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, '0'))
  return statePrefix(mark) + (popup ? POPUP : '') + hex.join('')
}

/** Whether a redirect back belongs to the page that opened this window. */
export const isPopupState = (state: string): boolean => state.includes(`.${POPUP}`)
