// The packed package under the Node that runs this: as a server renders with it, or a script loads it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { run, scratch, unpackInto } from '../package/pack.ts'
import { tried } from '../package/tried.ts'

const { folder, remove } = scratch('node')

const script = `
import { createRequire } from 'node:module'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { AuthProvider, createAuthClient, SignedOut } from 'evertoken'

const client = createAuthClient({ issuer: 'https://id.example.com', clientId: 'spa' })
console.log(renderToString(createElement(AuthProvider, { client }, 'rendered')))
const required = createRequire(import.meta.url)('evertoken')
if (required.SignedOut !== SignedOut) throw new Error('Two copies.')
`

beforeAll(async () => {
  const needs = ['oauth4webapi', 'jose', 'react', 'react-dom']
  await unpackInto(folder, inject('packed').tarball, needs)
  writeFileSync(join(folder, 'script.mjs'), script)
})
afterAll(remove)

test('T2 Node, import and require: one copy, which a server renders with', async () => {
  const { ok, output } = await run(process.execPath, ['script.mjs'], { cwd: folder })
  expect(ok, output).toBe(true)
  expect(output).toContain('rendered')
  tried(`node ${process.version.slice(1)}`)
})
