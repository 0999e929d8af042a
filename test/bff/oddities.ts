// What another version, or an accident, may have left in the place of what was written.
import fc from 'fast-check'
import { checkKeys } from '../../src/bff/keys/check-keys.ts'
import { KeyRing } from '../../src/bff/keys/key-ring.ts'
import { KEY_ONE, type BffSetup } from './setup.ts'

/** What a backend of `setUp` seals and opens with. */
export function ringOf({ provider }: Pick<BffSetup, 'provider'>): KeyRing {
  const binding = JSON.stringify([provider.issuer, provider.clientId, 'app'])
  return new KeyRing(checkKeys([KEY_ONE]), binding)
}

/** At the end of a path of members stands another value, or nothing. */
export interface Oddity {
  path: number[]
  put: { value?: unknown }
}

const odd = fc.oneof(
  fc.constantFrom(null, '', 'x', 0, -1, 1e300, true, [], {}, ['x'], { '': null }),
  fc.jsonValue(),
)

export const oddity: fc.Arbitrary<Oddity> = fc.record({
  path: fc.array(fc.nat(12), { maxLength: 4 }),
  put: fc.oneof(
    odd.map((value) => ({ value })),
    fc.constant({}),
  ),
})

export function withOddity(value: unknown, { path, put }: Oddity): unknown {
  const [step = 0, ...rest] = path
  if (typeof value !== 'object' || value === null || path.length === 0) return put.value
  const names = Object.keys(value)
  const name = names[step % Math.max(1, names.length)] ?? 'x'
  const { [name]: member, ...others } = value as Record<string, unknown>
  const next = withOddity(member, { path: rest, put })
  if (Array.isArray(value)) return value.map((one, at) => (String(at) === name ? next : one))
  return next === undefined ? others : { ...others, [name]: next }
}
