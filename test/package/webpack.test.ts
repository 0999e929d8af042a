import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { definitions } from './app.ts'
import { consumer } from './consumer.ts'
import { developmentWords } from './development-words.ts'
import { serveCommand, serveFolder } from './serve.ts'

const { command, folder, install, visit, write } = consumer('webpack')

const config = (): string => `
import webpack from 'webpack'

export default {
  entry: './src/main.tsx',
  output: { filename: 'main.js' },
  resolve: { extensions: ['...', '.ts', '.tsx'] },
  plugins: [new webpack.DefinePlugin(${JSON.stringify(definitions())})],
  module: {
    rules: [
      {
        test: /\\.tsx?$/,
        loader: 'esbuild-loader',
        // Its default knows no import.meta.
        options: { jsx: 'automatic', target: 'es2022' },
      },
    ],
  },
  devServer: { static: '.', port: 'auto' },
}
`

beforeAll(async () => {
  await install({
    react: '18.3.1',
    'react-dom': '18.3.1',
    webpack: '5.112.2',
    'webpack-cli': '7.3.1',
    // The last that runs on Node 20.
    'webpack-dev-server': '5.2.7',
    'esbuild-loader': '4.5.0',
  })
  write({ script: 'classic', files: { 'webpack.config.mjs': config() } })
})

test('webpack 5, React 18, production: the worker holds the refresh token', async () => {
  await command('webpack', '--mode', 'production')
  expect(developmentWords(join(folder, 'dist'))).toEqual([])
  await visit(serveFolder(join(folder, 'dist')), { vault: 'worker' })
})

test('webpack 5, React 18, development server: the worker holds the refresh token', async () => {
  const served = serveCommand(folder, 'webpack', ['serve', '--mode', 'development'])
  await visit(served, { vault: 'worker' })
})
