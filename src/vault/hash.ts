/** 32 bits: names things within one origin, synchronously. Nothing secret rests on it. */
export function hash(text: string): string {
  let value = 0
  for (const char of text) value = (Math.imul(value, 31) + char.codePointAt(0)!) >>> 0
  return value.toString(36)
}

/** What is of one client at one provider, in every version. */
export const clientMark = (issuer: string, clientId: string): string =>
  hash(JSON.stringify([issuer, clientId]))
