import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { startProvider } from './provider/index.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Starts the provider with the page's server; ISSUER and CLIENT_ID use another provider instead. */
function provider(): Plugin {
  const { ISSUER, CLIENT_ID } = process.env
  if (ISSUER && !CLIENT_ID) {
    throw new Error('ISSUER needs CLIENT_ID: how that provider knows this page.')
  }
  let config = { issuer: ISSUER, clientId: CLIENT_ID ?? 'playground', control: false }
  return {
    name: 'demo-provider',
    async configureServer(server) {
      if (!ISSUER) {
        // As at the tenant of the example, a refresh token needs consent and stays the same at each refresh.
        const own = await startProvider({
          clients: [config.clientId],
          control: true,
          refreshTokens: 'consent',
          rotate: false,
          accessTokenTtl: 60,
          exposeRetryAfter: true,
        })
        server.httpServer?.on('close', () => void own.close())
        config = { ...config, issuer: own.issuer, control: true }
      }
      server.printUrls = () => {
        const url = server.resolvedUrls?.local[0]
        console.log(`\n  evertoken playground: ${url}\n`)
        if (!config.control) {
          console.log(
            `  ${config.issuer} must let ${config.clientId} use that URL as redirect URI and\n` +
              `  post-logout redirect URI, and allow its origin by CORS.\n`,
          )
        }
      }
    },
    transformIndexHtml: () => [
      {
        tag: 'script',
        children: `window.demo = ${JSON.stringify(config)}`,
        injectTo: 'head-prepend',
      },
    ],
  }
}

export default defineConfig({
  root: here('.'),
  clearScreen: false,
  // The terminal shows the one URL, and what goes wrong.
  logLevel: 'warn',
  plugins: [react(), provider()],
  // The page uses the built package, as applications do.
  resolve: { alias: { evertoken: here('../dist/index.js') } },
  // All dependencies are named, so that vite does not reload the page when it finds one later.
  optimizeDeps: {
    include: ['react', 'react-dom/client', 'react/jsx-dev-runtime', 'oauth4webapi'],
    noDiscovery: true,
  },
  cacheDir: here('../node_modules/.vite/demo'),
  server: { host: '127.0.0.1', fs: { allow: [here('..')] } },
})
