import { describe, expect, test } from 'vitest'
import { parseTokenNeed } from '../../../src/vault/keeper/parse-token-need.ts'
import { normalizeNeed } from '../../../src/renewal/token-need.ts'

const A = 'https://a.example'

describe('parseTokenNeed', () => {
  test('takes known members only', () => {
    const need = { resource: [A], subject: 'user-1', minValidity: 5, forceRefresh: true, more: 1 }
    expect(parseTokenNeed(need)).toEqual({
      ...normalizeNeed({ resource: A }),
      subject: 'user-1',
      minValidity: 5,
      forceRefresh: true,
      proactive: false,
      resumed: false,
    })
  })

  test('does not believe a key', () => {
    expect(parseTokenNeed({ key: 'x', scope: 'y' }).key).toBe(normalizeNeed({ scope: 'y' }).key)
  })

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /need/],
    ['null', null, /need/],
    ['a string', 'x', /need/],
    ['a list', [], /need/],
    ['a subject that is none', { subject: 7 }, /subject/],
    ['a single resource', { resource: A }, /resource/],
    ['a validity that is none', { minValidity: '5' }, /minValidity/],
    ['a negative validity', { minValidity: -1 }, /minValidity/],
  ])('refuses %s', (_, need, message) => {
    expect(() => parseTokenNeed(need)).toThrow(TypeError)
    expect(() => parseTokenNeed(need)).toThrow(message)
  })
})
