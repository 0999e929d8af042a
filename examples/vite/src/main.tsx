import { AuthProvider } from 'evertoken'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { auth } from './auth.ts'

createRoot(document.getElementById('root')!).render(
  <AuthProvider client={auth}>
    <App />
  </AuthProvider>,
)
