import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkReadme } from '../../scripts/check-readme.mjs'
import { scratch } from './pack.ts'

const { folder, remove } = scratch('readme-test')
afterAll(remove)

const right = `
\`\`\`ts auth.ts
import { createAuthClient } from 'evertoken'
export const auth = createAuthClient({ issuer: 'https://id.example.com', clientId: 'spa' })
\`\`\`
\`\`\`tsx
import { AuthProvider } from 'evertoken'
import { auth } from './auth'
export const app = <AuthProvider client={auth}>hello</AuthProvider>
\`\`\`
`

async function check(markdown: string): Promise<{ ok: boolean; output: string }> {
  const readme = join(folder, 'README.md')
  writeFileSync(readme, markdown)
  return await checkReadme(readme)
}

test('right code is accepted, and named blocks are modules of the others', async () => {
  expect(await check(right)).toMatchObject({ ok: true, output: 'figure: 2 blocks' })
})

test.each([
  ['an option that does not exist', right.replace('clientId', 'client_id'), 'auth.ts'],
  ['an export that does not exist', right.replaceAll('AuthProvider', 'Nobody'), 'line-6'],
  ['a name out of nowhere', '```ts\nauth.signIn()\n```\n', 'line-1'],
  ['no code at all', 'words', 'no code'],
])('%s is refused', async (_, markdown, where) => {
  const { ok, output } = await check(markdown)
  expect(ok).toBe(false)
  expect(output).toContain(where)
})
