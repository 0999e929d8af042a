import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './pack.ts'

const keys = async (entry: string): Promise<string[]> =>
  Object.keys((await import(join(root, 'dist', entry))) as object).toSorted()

test('evertoken exports these names and no others', async () => {
  expect(await keys('index.js')).toMatchInlineSnapshot()
})

test('evertoken/core exports these names and no others', async () => {
  expect(await keys('core.js')).toMatchInlineSnapshot()
})
