import { fileURLToPath } from 'node:url'
import { minify } from 'terser'
import { defineConfig } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))

// The vault's worker as one file: bundlers of applications may copy it raw, and people may serve it themselves.
export default defineConfig({
  root: here,
  publicDir: false,
  mode: 'production',
  plugins: [
    {
      // Vite's own minifier renames, and finds three percent less to leave out.
      name: 'compress',
      renderChunk: {
        order: 'post',
        async handler(code) {
          const options = {
            module: true,
            ecma: 2020,
            compress: { passes: 3, pure_getters: true },
            mangle: false,
          }
          const compressed = await minify(
            code,
            /** @type {import('terser').MinifyOptions} */ (options),
          )
          return { code: compressed.code ?? code }
        },
      },
    },
  ],
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    target: 'es2022',
    minify: true,
    modulePreload: false,
    copyPublicDir: false,
    // The licences of what is within go with every copy.
    license: { fileName: 'THIRD-PARTY-LICENSES.md' },
    rolldownOptions: {
      // Not src/worker.ts: package.json says that importing a module does nothing, so that entry would bundle to nothing.
      input: { worker: fileURLToPath(new URL('src/vault/worker/entry.ts', import.meta.url)) },
      output: { format: 'es', entryFileNames: '[name].js', codeSplitting: false },
    },
  },
})
