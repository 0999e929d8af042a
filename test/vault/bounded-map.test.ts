import { expect, test } from 'vitest'
import { BoundedMap } from '../../src/vault/bounded-map.ts'

test('F17 a map that others write into holds no more than its limit, and forgets the oldest first', () => {
  const map = new BoundedMap<number>(3)
  for (let i = 0; i < 1000; i++) {
    map.set(`key ${i}`, i)
    expect(map.size).toBeLessThanOrEqual(3)
  }
  expect([...map.keys()]).toEqual(['key 997', 'key 998', 'key 999'])
  map.set('key 998', 0)
  expect(map.size).toBe(3)
})
