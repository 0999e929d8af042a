/** Text by name: storage that is missing, full or forbidden answers `null` and `false`. Never given a token. */
export interface StringStorage {
  get(name: string): string | null
  /** `null` removes. @returns whether it is stored. */
  set(name: string, value: string | null): boolean
}
