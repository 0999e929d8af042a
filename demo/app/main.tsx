// This import comes first, so that all others meet the device that it plays.
import './device.ts'
import { AuthProvider } from 'evertoken'
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

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <AuthProvider client={auth}>
      <Playground />
    </AuthProvider>
  </StrictMode>,
)
