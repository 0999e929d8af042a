/** Where the refresh token is kept. */
export type Place = 'worker' | 'page' | 'mediated' | 'proxied'

declare global {
  interface Window {
    /** What the demo's server wrote into the page: the provider, and whether it can be told to fail; a backend, or none. */
    demo: {
      issuer: string
      clientId: string
      control: boolean
      backend: boolean
      /** The protected API, and how it names itself at the provider; none with another provider. */
      api?: string
      resource?: string
    }
  }
}

/** What can be chosen here. */
export const PLACES: readonly Place[] = window.demo.backend
  ? ['worker', 'page', 'mediated', 'proxied']
  : ['worker', 'page']

/** Kept for all tabs, so that a reload and a second tab show the same. */
const STORED = 'demo.place'
const stored = localStorage.getItem(STORED)

export const place: Place = PLACES.find((one) => one === stored) ?? 'worker'

/** The backend's address, where the refresh token is there. */
export const backend: string | undefined =
  place === 'mediated' || place === 'proxied' ? `/bff/${place}` : undefined

/** Moves to another place, with a reload: a session does not move, it is another one. */
export function moveTo(next: Place): void {
  localStorage.setItem(STORED, next)
  location.reload()
}
