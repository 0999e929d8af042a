import { AuthProvider } from 'evertoken'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { auth } from './auth.ts'
import { Playground } from './playground.tsx'
import './playground.css'

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <AuthProvider client={auth}>
      <Playground />
    </AuthProvider>
  </StrictMode>,
)
