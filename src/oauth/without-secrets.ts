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
const ESCAPES = [
  /%([\da-f]{2})/g,
  // JSON and JavaScript.
  /\\(?:(?:u00|x)([\da-f]{2})|(.))/g,
  // HTML.
  /&(?:#x([\da-f]{1,5})|(#\d{1,6}|amp|lt|gt|quot|apos));/g,
]

const UNESCAPE: ((text: string) => string)[] = [
  ...ESCAPES.map((escape) => (text: string) => text.replace(escape, toCharacter)),
  // A form writes a blank as `+` (RFC 6749 appendix B).
  (text) => text.replaceAll('+', ' '),
]

/** @param plain what is escaped by itself, an entity's name, or its number in decimal */
function toCharacter(_: string, hex: string | undefined, plain = ''): string {
  if (hex === undefined && !/^#./.test(plain)) return ENTITIES[plain] ?? plain
  // In lower case, as everything that is compared here.
  return String.fromCodePoint(Number(hex ? `0x${hex}` : plain.slice(1))).toLowerCase()
}
