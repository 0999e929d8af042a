/** FNV-1a, 32 bits: names things within one origin, synchronously. Nothing secret rests on it. */
export function hash(text: string): string {
  let value = 0x811c9dc5
  for (const char of text) value = Math.imul(value ^ char.codePointAt(0)!, 0x01000193)
  return (value >>> 0).toString(36)
}
