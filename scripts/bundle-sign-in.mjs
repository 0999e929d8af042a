import { join } from 'node:path'
import { build } from 'vite'

const common = /** @type {const} */ ({
  configFile: false,
  publicDir: false,
  mode: 'production',
  logLevel: 'error',
})

/**
 * Makes one file of the way in and back: a page that comes back from the provider waits for it, and bundlers of
 * applications give each module that two lazy parts share a file of its own, so that it would wait for five. What the start
 * of a page holds stays outside, where it is already.
 *
 * @param {string} dist what tsc made, file by file
 */
export async function bundleSignIn(dist) {
  const start = await modulesOfStart(dist)
  const folder = join(dist, 'client/modes')
  await build({
    ...common,
    root: dist,
    // It names its own mode: `process.env.NODE_ENV` is for the application's bundler to replace.
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      rolldownOptions: {
        // What it says of where a line is from begins here.
        cwd: dist,
        input: join(folder, 'browser-sign-in.js'),
        external: (id) => start.has(id),
        output: { format: 'es', entryFileNames: '[name].js', codeSplitting: false },
      },
    },
  })
}

/**
 * What an application's production build holds from the start, and what knows whether it is one.
 *
 * @param {string} dist
 */
async function modulesOfStart(dist) {
  const result = await build({
    ...common,
    root: dist,
    plugins: [{ name: 'start-alone', resolveDynamicImport: () => false }],
    build: {
      write: false,
      rolldownOptions: { input: join(dist, 'core.js'), preserveEntrySignatures: 'strict' },
    },
  })
  if (!('output' in result)) throw new Error('Expected one bundle')
  const modules = Object.entries(result.output[0].modules)
  const rendered = modules.filter(([, { renderedLength }]) => renderedLength > 0).map(([id]) => id)
  return new Set([...rendered, join(dist, 'client/page/development.js')])
}
