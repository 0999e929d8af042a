/** A map that forgets the oldest: whoever can write into it must not fill the memory. */
export function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= 10) break
    map.delete(oldest)
  }
}
