import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyExample } from './app.ts'
import type { Consumer } from './consumer.ts'
import { versionOf } from './pack.ts'

/** examples/vite under an older Vite, with the plugin that knows it. `config`: further members, as source text. */
export async function installUnderVite(
  { folder, install }: Consumer,
  version: string,
): Promise<(config?: string) => void> {
  copyExample('vite', folder)
  await install({
    react: versionOf('react'),
    'react-dom': versionOf('react-dom'),
    vite: version,
    '@vitejs/plugin-react': '4.7.0',
  })
  const configure = (config = ''): void =>
    writeFileSync(
      join(folder, 'vite.config.ts'),
      `import react from '@vitejs/plugin-react'\nexport default { plugins: [react()], ${config} }\n`,
    )
  configure()
  return configure
}
