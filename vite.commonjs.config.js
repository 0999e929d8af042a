import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const path = (/** @type {string} */ file) => fileURLToPath(new URL(file, import.meta.url))

/** jsdom under Jest lacks them, and the libraries within make one as they load. */
const fromNode = `const { TextEncoder, TextDecoder } = globalThis.TextEncoder ? globalThis : require('node:util')`

/**
 * What Jest and other CommonJS without a bundler load: no `import.meta`, no `import()`, and nothing that is a module
 * only, so oauth4webapi and jose are within. There is no URL of a package file there, so the worker needs `workerUrl`.
 */
export default defineConfig({
  root: path('.'),
  publicDir: false,
  mode: 'production',
  plugins: [
    {
      name: 'start-worker',
      enforce: 'pre',
      transform: {
        filter: { id: /client\/page\/start-worker\.ts$/ },
        handler: (code) => code.replaceAll('import.meta.url', 'undefined'),
      },
    },
  ],
  ssr: { noExternal: true, external: ['react', '@tanstack/react-query'] },
  build: {
    ssr: true,
    outDir: 'dist/commonjs',
    emptyOutDir: false,
    target: 'es2022',
    minify: false,
    copyPublicDir: false,
    // The licences of what is within go with every copy.
    license: { fileName: 'THIRD-PARTY-LICENSES.md' },
    rolldownOptions: {
      // Else the entries export what their chunks share.
      preserveEntrySignatures: 'strict',
      external: /^(react|@tanstack\/react-query)(\/|$)/,
      input: {
        index: path('src/index.ts'),
        core: path('src/core.ts'),
        query: path('src/query.ts'),
        testing: path('src/testing.ts'),
      },
      output: {
        format: 'cjs',
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        intro: fromNode,
      },
    },
  },
})
