/** So much of a secret gives it away. A shorter one counts whole. */
const MIN_PART_LENGTH = 12

/** How often a text is unwrapped: a form inside a URL inside JSON is three layers. */
const MAX_LAYERS = 4

const MASK = '***'

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/**
 * What a server or a network stack said, without what was secret in the request it speaks of: not as it was sent, not
 * percent-encoded, HTML- or JSON-escaped (several times over), and no long part of it.
 */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  const given = [...secrets].filter((secret) => secret !== '')
  if (!given.length) return text
  const parts = new Set(given.flatMap(partsOf))
  const masked = given
    .reduce((rest, secret) => rest.replaceAll(secret, MASK), text)
    .split(/(\s+)/)
    .map((word) => (reveals(word, parts) ? MASK : word))
    .join('')
  // A secret may hold a blank, or stand in the text with one.
  return reveals(masked, parts) ? MASK : masked
}

function partsOf(secret: string): string[] {
  const plain = secret.toLowerCase()
  const count = Math.max(plain.length - MIN_PART_LENGTH, 0) + 1
  return Array.from({ length: count }, (_, at) => plain.slice(at, at + MIN_PART_LENGTH))
}

function reveals(text: string, parts: ReadonlySet<string>): boolean {
  const lengths = new Set([...parts].map((part) => part.length))
  let layer = text.toLowerCase()
  for (let depth = 0; depth <= MAX_LAYERS; depth++) {
    // A form writes a blank as `+` (RFC 6749 appendix B).
    for (const read of [layer, layer.replaceAll('+', ' ')]) {
      for (const length of lengths) {
        for (let at = 0; at + length <= read.length; at++) {
          if (parts.has(read.slice(at, at + length))) return true
        }
      }
    }
    layer = unescapeOnce(layer)
  }
  return false
}

/** One layer of whatever escapes there are: `%2F`, `\u002f`, `\x2f`, `&#x2f;`, `&#47;`, `&amp;`, `\/`. */
function unescapeOnce(text: string): string {
  return text.replace(
    /%([\da-f]{2})|\\u([\da-f]{4})|\\x([\da-f]{2})|&#x([\da-f]{1,6});|&#(\d{1,7});|&(\w+);|\\(.)/g,
    (whole: string, ...groups: (string | undefined)[]) => {
      const [percent, unicode, hex, entityHex, decimal, name, escaped] = groups
      const code = percent ?? unicode ?? hex ?? entityHex
      if (code !== undefined) return fromCode(Number.parseInt(code, 16))
      if (decimal !== undefined) return fromCode(Number(decimal))
      return escaped ?? ENTITIES[name ?? ''] ?? whole
    },
  )
}

/** In lower case, as everything that is compared here. */
function fromCode(code: number): string {
  return code > 0x10ffff ? '' : String.fromCodePoint(code).toLowerCase()
}
