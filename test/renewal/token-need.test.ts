import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizeNeed, type GivenNeed } from '../../src/renewal/token-need.ts'

const A = 'https://a.example'
const B = 'https://b.example'

const keyOf = (need: GivenNeed) => normalizeNeed(need).key

describe('normalizeNeed', () => {
  test.each<[string, GivenNeed]>([
    ['nothing', {}],
    ['undefined', { resource: undefined, scope: undefined }],
    ['null', { resource: null, scope: null }],
    ['no resources', { resource: [] }],
    ['an empty scope', { scope: '' }],
    ['a blank scope', { scope: ' \t ' }],
    ['nothing in both', { resource: [], scope: '  ' }],
  ])('takes %s for the session’s own token', (_, need) => {
    expect(normalizeNeed(need)).toEqual({ key: '' })
  })

  test.each<[string, GivenNeed, GivenNeed]>([
    ['a resource and a list of it', { resource: A }, { resource: [A] }],
    ['resources in another order', { resource: [A, B] }, { resource: [B, A] }],
    ['a resource named twice', { resource: [A, A] }, { resource: A }],
    ['scopes in another order', { scope: 'x y' }, { scope: 'y x' }],
    ['a scope named twice', { scope: 'x y x' }, { scope: 'x y' }],
    ['more blanks', { scope: '  x   y ' }, { scope: 'x y' }],
    ['a blank scope beside a resource', { resource: A, scope: ' ' }, { resource: A }],
    ['an empty list beside a scope', { resource: [], scope: 'x' }, { scope: 'x' }],
  ])('makes %s equal', (_, one, other) => {
    expect(normalizeNeed(one)).toEqual(normalizeNeed(other))
    expect(keyOf(one)).toBe(keyOf(other))
  })

  test.each<[string, GivenNeed, GivenNeed]>([
    ['a scope and a resource of the same name', { scope: A }, { resource: A }],
    ['two resources and one with a comma', { resource: [A, B] }, { resource: `${A},${B}` }],
    ['scopes that differ in case', { scope: 'x' }, { scope: 'X' }],
    ['a resource and the session’s own', { resource: A }, {}],
  ])('keeps %s apart', (_, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other))
  })

  test('is what is asked for: sorted, each once', () => {
    expect(normalizeNeed({ resource: [B, A, B], scope: 'y x  y' })).toMatchObject({
      resource: [A, B],
      scope: 'x y',
    })
  })

  test.each<[string, object, RegExp]>([
    ['a URL object', { resource: new URL(A) }, /resource/],
    ['a list with a URL object', { resource: [new URL(A)] }, /resource/],
    ['a Set', { resource: new Set([A]) }, /resource/],
    ['a number', { resource: 7 }, /resource/],
    ['false', { resource: false }, /resource/],
    ['an empty string', { resource: '' }, /resource/],
    ['a list with an empty string', { resource: [A, ''] }, /resource/],
    ['a list with null', { resource: [null] }, /resource/],
    ['a list with a hole', { resource: Array.from({ length: 1 }) }, /resource/],
    ['a list of lists', { resource: [[A]] }, /resource/],
    ['a number as the scope', { scope: 7 }, /scope/],
    ['a list as the scope', { scope: ['x'] }, /scope/],
    ['an object that prints well as the scope', { scope: { toString: () => 'x' } }, /scope/],
  ])('refuses %s, and names the option', (_, need, option) => {
    expect(() => normalizeNeed(need)).toThrow(TypeError)
    expect(() => normalizeNeed(need)).toThrow(option)
  })

  test('is idempotent, and blind to order and repetition', () => {
    const words = fc.array(fc.stringMatching(/^[!-~]{1,5}$/), { maxLength: 4 })
    fc.assert(
      fc.property(words, words, (resource, scopes) => {
        const once = normalizeNeed({ resource, scope: scopes.join(' ') })
        expect(normalizeNeed(once)).toEqual(once)
        const again = { resource: [...resource, ...resource].reverse(), scope: scopes.join('  ') }
        expect(normalizeNeed(again)).toEqual(once)
        expect(once.key === '').toBe(resource.length === 0 && scopes.length === 0)
      }),
    )
  })

  test('leaves what it is given as it is', () => {
    const resource = Object.freeze([B, A])
    normalizeNeed({ resource })
    expect(resource).toEqual([B, A])
  })
})
