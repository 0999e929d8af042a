import type { KeyRing } from './key-ring.ts'

/** What a store knows something of the provider's by: not reversible, and the same in all instances. */
export class Lookups {
  readonly #keys: KeyRing
  readonly #issuer: string

  constructor(keys: KeyRing, issuer: string) {
    this.#keys = keys
    this.#issuer = issuer
  }

  /** @returns the name in use, and those under older keys */
  of(kind: 'sub' | 'sid' | 'jti', value: string): Promise<[string, ...string[]]> {
    return this.#keys.macs('lookup', JSON.stringify([kind, this.#issuer, value]))
  }
}
