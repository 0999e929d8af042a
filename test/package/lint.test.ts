import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bin, root, run, scratch } from './pack.ts'

const { folder, remove } = scratch('lint')
const found = new Map<string, string[]>()

const anything = 'export const anything = 1\n'
const hook = (body: string): string =>
  `import { useEffect, useRef, useState } from 'react'\nexport function useIt(n: number): unknown {\n${body}\n}\n`

/** Each wrong file, and the rule that must refuse it; null where lint must be content. */
const cases: [sentence: string, file: string, code: string, rule: string | null][] = [
  ...(
    [
      ['oauth', '../renewal/x.ts'],
      ['oauth', '../vault/x.ts'],
      ['oauth', '../client/x.ts'],
      ['oauth', '../react/x.ts'],
      ['oauth', '../core.ts'],
      ['renewal', '../oauth/x.ts'],
      ['renewal', '../vault/x.ts'],
      ['renewal', 'oauth4webapi'],
      ['vault', '../client/x.ts'],
      ['vault', '../react/x.ts'],
      ['vault', '../core.ts'],
      ['vault', 'oauth4webapi'],
      ['client', '../react/x.ts'],
      ['client', '../core.ts'],
      ['client', 'react'],
      ['react', '../client/x.ts'],
      ['react', '../vault/x.ts'],
      ['react', '../index.ts'],
      ['react', 'oauth4webapi'],
      ['oauth', '../testing/x.ts'],
      ['renewal', '../testing/x.ts'],
      ['vault', '../testing/x.ts'],
      ['client', '../testing/x.ts'],
      ['react', '../testing/x.ts'],
      ['bff', '../vault/x.ts'],
      ['bff', '../client/x.ts'],
      ['bff', '../react/x.ts'],
      ['bff', '../testing/x.ts'],
      ['bff', '../core.ts'],
      ['bff', 'react'],
      ['bff', 'oauth4webapi'],
      ['bff', 'node:crypto'],
      ['bff', 'redis'],
      ['testing', '../react/x.ts'],
      ['testing', '../bff/x.ts'],
      ['testing', '../core.ts'],
      ['testing', 'react'],
      ['testing', 'node:crypto'],
    ] as const
  ).map(([from, to], i): [string, string, string, string] => [
    `${from} does not import ${to}`,
    `src/${from}/wrong-${i}.ts`,
    `import * as other from '${to}'\nexport const it: unknown = other\n`,
    'no-restricted-imports',
  ]),
  [
    'client does not import react lazily either',
    'src/client/lazy.ts',
    `export const it = async (): Promise<unknown> => await import('../react/x.ts')\n`,
    'no-restricted-imports',
  ],
  [
    'the core entry does not import react',
    'src/core.ts',
    `export * from './react/x.ts'\n`,
    'no-restricted-imports',
  ],
  [
    'the entry for applications does not import the test kit',
    'src/index.ts',
    `export * from './testing/x.ts'\n`,
    'no-restricted-imports',
  ],
  [
    'the test kit names no clock',
    'src/testing/clock.ts',
    'export const it: unknown = setTimeout\n',
    'no-restricted-globals',
  ],
  ...['client', 'vault', 'renewal', 'oauth'].map((layer): [string, string, string, null] => [
    `the test kit may import ${layer}`,
    `src/testing/of-${layer}.ts`,
    `import * as other from '../${layer}/x.ts'\nexport const it: unknown = other\n`,
    null,
  ]),
  ...[
    'window',
    'document',
    'navigator',
    'location',
    'history',
    'Date',
    'performance',
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'fetch',
    'localStorage',
    'sessionStorage',
    'BroadcastChannel',
    'SharedWorker',
    'globalThis',
    'self',
  ].map((name): [string, string, string, string] => [
    `the client does not name ${name}`,
    `src/client/global-${name}.ts`,
    `export const it: unknown = ${name}\n`,
    'no-restricted-globals',
  ]),
  [
    'nothing asks the platform for a timeout',
    'src/oauth/timeout.ts',
    'export const it = AbortSignal.timeout(1)\n',
    'no-restricted-properties',
  ],
  ['nothing logs', 'src/vault/log.ts', `console.log('token')\nexport {}\n`, 'no-console'],
  [
    'no cycles',
    'src/oauth/a.ts',
    `import { b } from './b.ts'\nexport const a = (): unknown => b\n`,
    'no-cycle',
  ],
  [
    'no cycles, the other end',
    'src/oauth/b.ts',
    `import { a } from './a.ts'\nexport const b = (): unknown => a\n`,
    'no-cycle',
  ],
  [
    'no promise is left alone',
    'src/vault/floating.ts',
    'const f = async (): Promise<void> => {}\nexport const g = (): void => {\n  f()\n}\n',
    'no-floating-promises',
  ],
  [
    'no refs in render',
    'src/react/refs.ts',
    hook('const r = useRef(0); r.current = n; return useState'),
    'refs',
  ],
  [
    'no state set in an effect',
    'src/react/effect.ts',
    hook('const [s, set] = useState(0); useEffect(() => { set(n) }, [n]); return [s, useRef]'),
    'set-state-in-effect',
  ],
  [
    'no hook behind a condition',
    'src/react/conditional.ts',
    hook('if (n) useRef(0); return [useEffect, useState]'),
    'rules-of-hooks',
  ],
  [
    'the page’s environment may',
    'src/client/page/environment.ts',
    'export const it = window.setTimeout\n',
    null,
  ],
  ['the vault’s environment may', 'src/vault/environment.ts', 'export const it = Date.now\n', null],
  ['the worker may', 'src/vault/worker/entry.ts', 'export const it = self.fetch\n', null],
  ['the backend’s environment may', 'src/bff/environment.ts', 'export const it = fetch\n', null],
  [
    'the backend names no fetch elsewhere',
    'src/bff/global-fetch.ts',
    'export const it: unknown = fetch\n',
    'no-restricted-globals',
  ],
  ...['bff', 'bff-redis', 'bff-sqlite'].map((entry): [string, string, string, string] => [
    `the entry ${entry} imports no driver`,
    `src/${entry}.ts`,
    `export * from 'redis'\n`,
    'no-restricted-imports',
  ]),
  [
    'the wire between page and backend imports nothing',
    'src/bff-protocol.ts',
    `export * from './errors.ts'\n`,
    'no-restricted-imports',
  ],
  ...['renewal', 'oauth'].map((layer): [string, string, string, null] => [
    `the backend may import ${layer}`,
    `src/bff/of-${layer}.ts`,
    `import * as other from '../${layer}/x.ts'\nexport const it: unknown = other\n`,
    null,
  ]),
  ...['../../oauth/x.ts', '../keeper/x.ts', '../page/x.ts', '../../bff/x.ts', 'jose'].map(
    (to, i): [string, string, string, string] => [
      `the vault behind a backend does not import ${to}`,
      `src/vault/bff/wrong-${i}.ts`,
      `import * as other from '${to}'\nexport const it: unknown = other\n`,
      'no-restricted-imports',
    ],
  ),
  [
    'the vault behind a backend imports no type of oauth either',
    'src/vault/bff/wrong-type.ts',
    `import type { anything } from '../../oauth/x.ts'\nexport type It = typeof anything\n`,
    'no-restricted-imports',
  ],
  ...['../x.ts', '../../renewal/x.ts', '../../bff-protocol.ts'].map(
    (to, i): [string, string, string, null] => [
      `the vault behind a backend may import ${to}`,
      `src/vault/bff/right-${i}.ts`,
      `import * as other from '${to}'\nexport const it: unknown = other\n`,
      null,
    ],
  ),
  [
    'the client may import the vault behind a backend',
    'src/client/modes/vault-behind-a-backend.ts',
    `import * as other from '../../vault/bff/right-0.ts'\nexport const it: unknown = other\n`,
    null,
  ],
  ...['vault', 'bff'].map((layer): [string, string, string, null] => [
    `${layer} may import the wire between page and backend`,
    `src/${layer}/wire.ts`,
    `import { anything } from '../bff-protocol.ts'\nexport const it: unknown = anything\n`,
    null,
  ]),
  [
    'the test kit may import types of bff',
    'src/testing/types.ts',
    `import type { anything } from '../bff/x.ts'\nexport type It = typeof anything\n`,
    null,
  ],
  [
    'renewal’s policy may import types of oauth',
    'src/renewal/types.ts',
    `import type { anything } from '../oauth/x.ts'\nexport type It = typeof anything\n`,
    null,
  ],
  [
    'renewal’s refresh may import oauth',
    'src/renewal/refresh.ts',
    `import { anything } from '../oauth/x.ts'\nexport const it: unknown = anything\n`,
    null,
  ],
  ...['oauth', 'renewal', 'vault', 'client'].map((layer): [string, string, string, null] => [
    `${layer} may import the errors`,
    `src/${layer}/errs.ts`,
    `import { anything } from '../errors.ts'\nexport const it: unknown = anything\n`,
    null,
  ]),
  [
    'react may import the core',
    'src/react/right.ts',
    `import * as core from '../core.ts'\nexport const it: unknown = core\n`,
    null,
  ],
  [
    'a parameter named fetch is no global',
    'src/vault/given.ts',
    'export const it = (fetch: () => void): void => fetch()\n',
    null,
  ],
]

beforeAll(async () => {
  for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) {
    cpSync(join(root, file), join(folder, file))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const write = (file: string, code: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), code)
  }
  for (const layer of ['oauth', 'renewal', 'vault', 'client', 'react', 'bff', 'testing']) {
    write(`src/${layer}/x.ts`, anything)
  }
  for (const entry of ['index', 'errors']) write(`src/${entry}.ts`, anything)
  for (const [, file, code] of cases) write(file, code)
  const { output } = await run(bin('oxlint'), ['--type-aware', '--format', 'json', 'src'], {
    cwd: folder,
  })
  const { diagnostics } = JSON.parse(output) as {
    diagnostics: { code: string; filename: string }[]
  }
  for (const { code, filename } of diagnostics) {
    found.set(filename, [...(found.get(filename) ?? []), code])
  }
})
afterAll(remove)

test.each(cases)('%s', (_, file, __, rule) => {
  const codes = found.get(file) ?? []
  if (rule === null) expect(codes).toEqual([])
  else
    expect(
      codes.some((code) => code.endsWith(`(${rule})`)),
      codes.join(),
    ).toBe(true)
})
