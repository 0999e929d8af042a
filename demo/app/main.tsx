// This import comes first, so that all others meet the device that it plays.
import './device.ts'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { AuthProvider } from 'evertoken'
import { AuthQueryBinding } from 'evertoken/query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { auth } from './auth.ts'
import { Playground } from './playground.tsx'
import './style/page.css'
import './style/controls.css'
import './style/cards.css'
import './style/timeline.css'
import './style/machine.css'
import './style/server.css'
import './style/api.css'

const queryClient = new QueryClient()

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <AuthProvider client={auth}>
        <AuthQueryBinding />
        <Playground />
      </AuthProvider>
    </QueryClientProvider>
  </StrictMode>,
)
