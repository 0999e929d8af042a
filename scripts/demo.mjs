// `npm run demo`: the demo uses the package as applications do, so it is built first when it has to be.
import { spawn } from 'node:child_process'
import { build, stale } from './build.mjs'
import { bin, root } from './run.mjs'

if (stale()) {
  const { ok, output } = await build()
  if (!ok) {
    console.error(output)
    process.exit(1)
  }
}
const demo = spawn(bin('vite'), ['--config', 'demo/vite.config.ts', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => demo.kill(signal))
}
demo.on('close', (code) => process.exit(code ?? 0))
