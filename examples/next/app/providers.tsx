'use client'
import { AuthProvider } from 'evertoken'
import { useRouter } from 'next/navigation'
import { useEffect, type ReactNode } from 'react'
import { auth, onNavigate } from '../auth'

export function Providers({ children }: { children: ReactNode }) {
  const router = useRouter()
  useEffect(() => onNavigate((path) => router.replace(path)), [router])
  return <AuthProvider client={auth}>{children}</AuthProvider>
}
