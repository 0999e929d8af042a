/** Every name that there is, by the compiler's word. */
export type Names<T> = Record<keyof T, true>

/** What is misspelled would be as if it were not said. @returns the first name with a value that is none of those that there are */
export function unknownName<T extends object>(given: T, names: Names<T>): string | undefined {
  return Object.entries(given).find(
    ([name, value]) => value !== undefined && !Object.hasOwn(names, name),
  )?.[0]
}
