import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

// TEST_DIST=1: the same tests, but `evertoken` is what package.json exports, so dist.
const dist = process.env['TEST_DIST'] === '1'
// TEST_REACT=18: React from test/react-18, as an application that has not moved would resolve it.
const react18 = process.env['TEST_REACT'] === '18'
// TEST_QUERY=oldest: the oldest TanStack Query that package.json admits, from test/query-oldest.
const oldestQuery = process.env['TEST_QUERY'] === 'oldest'
// TEST_ORDER=any: the files in another order each time, which finds what one of them leaves to the next.
const anyOrder = process.env['TEST_ORDER'] === 'any'
const oldest = fileURLToPath(
  new URL('test/query-oldest/node_modules/@tanstack/$1/build/modern/index.js', import.meta.url),
)
const under18 = (path: string) =>
  fileURLToPath(new URL(`test/react-18/node_modules/${path}`, import.meta.url))

/** Tests that replace modules, change globals or measure memory: each file has a process of its own. */
const ALONE = [
  'test/model/**/*.test.ts',
  'test/bff/node/streaming.test.ts',
  'test/bff/examples.test.ts',
  'test/client/fetch/ahead.test.ts',
  'test/client/modes/chunks.test.ts',
]

/** What a browser or its driver says when it lost a page by itself: a crash, a closed connection, an order between two pages. */
const LOST_PAGE =
  /Execution context was destroyed|Target (page|crashed|closed)|Page crashed|Protocol error|frame was detached|ERR_ABORTED|NS_BINDING_ABORTED/

export default defineConfig({
  resolve: {
    tsconfigPaths: !dist,
    alias: [
      ...(react18
        ? [
            { find: /^(react|react-dom)$/, replacement: under18('$1/index.js') },
            { find: /^(react|react-dom)\/([\w.-]+)$/, replacement: under18('$1/$2.js') },
            {
              find: /^@testing-library\/react$/,
              replacement: under18('@testing-library/react/dist/index.js'),
            },
          ]
        : []),
      ...(oldestQuery
        ? [
            {
              find: /^@tanstack\/(react-query|react-query-persist-client|query-\w+-storage-persister)$/,
              replacement: oldest,
            },
          ]
        : []),
    ],
  },
  test: {
    allowOnly: false,
    restoreMocks: true,
    sequence: anyOrder ? { shuffle: { files: true } } : { sequencer: LongestFirst },
    // Nothing waits for real time; properties take seconds, and more on a machine with other work.
    testTimeout: 120_000,
    // Some start a server.
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: [
            'test/{oauth,renewal,vault,client,query,bff,provider,testing,model}/**/*.test.ts',
          ],
          exclude: ['test/bff/processes/**', ...ALONE],
          // What files share is loaded, and compiled by the engine, once: less than half of the work.
          isolate: false,
          setupFiles: './test/support/same-walks.ts',
        },
      },
      {
        extends: true,
        test: {
          ...{ name: 'alone', environment: 'node', include: ALONE },
          setupFiles: './test/support/same-walks.ts',
        },
      },
      {
        // Several server processes on a real Redis: one file after the other.
        extends: true,
        test: {
          name: 'processes',
          environment: 'node',
          include: ['test/bff/processes/**/*.test.ts'],
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'react',
          environment: 'happy-dom',
          include: ['test/react/**/*.test.{ts,tsx}'],
          // Routers bring the React beside them. What is tried with them, a guard, knows nothing of React.
          exclude: react18 ? ['test/react/router-guards.test.tsx'] : [],
          // One page and one set of modules for all files: to make them anew takes longer than the tests.
          isolate: false,
          setupFiles: './test/react/each-file.ts',
          // Else it would bring React from its own place, which is another one under React 18.
          server: { deps: { inline: [/@tanstack.react-query/] } },
        },
      },
      {
        // Drives real browsers: three files at a time, because most of a test is waiting.
        extends: true,
        test: {
          name: 'browser',
          environment: 'node',
          include: ['test/{browser,playground}/**/*.test.ts'],
          maxWorkers: 3,
          // What files share is loaded once: browsers keep their tests apart, and no file changes a module.
          isolate: false,
          // A day of an application, on a machine with other work; each single wait in it ends sooner.
          testTimeout: 300_000,
          // Once more, and printed, where a page was lost under the driver. What was expected and did not come has failed.
          retry: { count: 1, condition: LOST_PAGE },
          // What is waited for is several page loads away.
          expect: { poll: { timeout: 120_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          environment: 'node',
          include: ['test/package/**/*.test.ts'],
          globalSetup: './test/package/setup.ts',
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        // `npm run test:tools`, with the files of `package` that try tools too: too slow for `npm test`.
        extends: true,
        test: {
          name: 'tools',
          environment: 'node',
          include: ['test/tools/**/*.test.ts'],
          globalSetup: './test/package/setup.ts',
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        // `npm run test:interop`: real providers, which are not installed everywhere.
        extends: true,
        test: {
          name: 'interop',
          environment: 'node',
          include: ['test/interop/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 240_000,
        },
      },
      {
        // `npm run test:next`: too slow for `npm test`.
        extends: true,
        test: {
          name: 'next',
          environment: 'node',
          include: ['test/next/**/*.test.ts'],
          globalSetup: './test/package/setup.ts',
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
