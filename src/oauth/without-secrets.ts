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
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const given = secrets.filter((secret) => secret !== '').map((secret) => secret.toLowerCase())
  const masked = text
    .split(/(\s+)/)
    .map((word) => (reveals(word, given) ? MASK : word))
    .join('')
  // A secret may hold a blank.
  return reveals(masked, given) ? MASK : masked
}

function reveals(text: string, secrets: readonly string[]): boolean {
  const readings = readingsOf(text.toLowerCase())
  return secrets.some((secret) => readings.some((reading) => holdsPart(reading, secret)))
}

function holdsPart(text: string, secret: string): boolean {
  for (let at = 0; at === 0 || at + MIN_PART_LENGTH <= secret.length; at++) {
    if (text.includes(secret.slice(at, at + MIN_PART_LENGTH))) return true
  }
  return false
}

/** The text, and what it may stand for: each kind of escape undone, in any order. */
function readingsOf(text: string): string[] {
  const readings = new Set([text])
  let layer = [text]
  for (let depth = 0; depth < MAX_LAYERS; depth++) {
    const next = layer.flatMap((reading) => UNESCAPE.map((unescape) => unescape(reading)))
    layer = [...new Set(next)].filter((reading) => !readings.has(reading))
    layer.forEach((reading) => readings.add(reading))
  }
  return [...readings]
}

/** One layer each, read once from left to right: what one escape stands for is not read as another. */
const UNESCAPE: ((text: string) => string)[] = [
  (text) => unescapePercent(text),
  // A form writes a blank as `+` (RFC 6749 appendix B).
  (text) => unescapePercent(text.replaceAll('+', ' ')),
  // JSON and JavaScript.
  (text) =>
    text.replace(/\\(?:(?:u00|x)([\da-f]{2})|(.))/g, (_, hex?: string, plain = '') =>
      hex === undefined ? plain : fromHex(hex),
    ),
  (text) =>
    text.replace(
      /&(?:#x([\da-f]{1,5})|#(\d{1,6})|(amp|lt|gt|quot|apos));/g,
      (_, hex, code, name) => (hex ? fromHex(hex) : (ENTITIES[name] ?? fromCode(Number(code)))),
    ),
]

function unescapePercent(text: string): string {
  return text.replace(/%([\da-f]{2})/g, (_, hex: string) => fromHex(hex))
}

function fromHex(hex: string): string {
  return fromCode(Number.parseInt(hex, 16))
}

/** In lower case, as everything that is compared here. */
function fromCode(code: number): string {
  return String.fromCodePoint(code).toLowerCase()
}
