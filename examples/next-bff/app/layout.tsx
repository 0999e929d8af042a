import type { ReactNode } from 'react'
import { getSession } from '../bff'
import { Providers } from './providers'

export default async function Layout({ children }: { children: ReactNode }) {
  const session = await getSession()
  return (
    <html lang="en">
      <head>
        <link rel="icon" href="data:," />
      </head>
      <body>
        <Providers initialSession={session}>{children}</Providers>
      </body>
    </html>
  )
}
