import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { API_RESOURCE, startApi } from './api/index.ts'
import { serveBackend } from './bff/serve-backend.ts'
import { checkStore } from './bff/start-backend.ts'
import { startProvider } from './provider/index.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const BACKEND_CLIENT_ID = 'playground-backend'

/**
 * Starts the provider, a protected API and the backend with the page's server; ISSUER and CLIENT_ID use another provider
 * instead, which knows no API and no backend of ours.
 */
function provider(): Plugin {
  const { ISSUER, CLIENT_ID, STORE } = process.env
  if (ISSUER && !CLIENT_ID) {
    throw new Error('ISSUER needs CLIENT_ID: how that provider knows this page.')
  }
  if (ISSUER && STORE) {
    throw new Error(
      'STORE is for the backend, which knows the demo’s own provider: leave out ISSUER.',
    )
  }
  let config = {
    issuer: ISSUER,
    clientId: CLIENT_ID ?? 'playground',
    control: false,
    backend: false,
    api: undefined as string | undefined,
    resource: undefined as string | undefined,
  }
  return {
    name: 'demo-provider',
    async configureServer(server) {
      if (!ISSUER) {
        const store = checkStore(STORE)
        // As at the tenant of the example, a refresh token needs consent and stays the same at each refresh.
        const own = await startProvider({
          clients: [config.clientId, BACKEND_CLIENT_ID],
          control: true,
          refreshTokens: 'consent',
          rotate: false,
          accessTokenTtl: 60,
          exposeRetryAfter: true,
          apis: [API_RESOURCE],
        })
        const { issuer } = own
        const { url, close } = await startApi({ issuer })
        server.httpServer?.on('close', () => (close(), void own.close()))
        const resource = API_RESOURCE
        config = { ...config, issuer, control: true, backend: true, api: url, resource }
        serveBackend(server, { issuer, clientId: BACKEND_CLIENT_ID, api: { url, resource }, store })
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
  resolve: {
    alias: [
      { find: /^evertoken$/, replacement: here('../dist/index.js') },
      { find: /^evertoken\/query$/, replacement: here('../dist/query.js') },
    ],
  },
  // All dependencies are named, so that vite does not reload the page when it finds one later.
  optimizeDeps: {
    include: [
      'react',
      'react-dom/client',
      'react/jsx-dev-runtime',
      'oauth4webapi',
      '@tanstack/react-query',
    ],
    noDiscovery: true,
  },
  cacheDir: here('../node_modules/.vite/demo'),
  server: { host: '127.0.0.1', fs: { allow: [here('..')] } },
})
