import { useId, type ReactNode } from 'react'

export interface CardProps {
  title: string
  wide?: boolean
  className?: string
  children: ReactNode
}

export function Card({ title, wide, className = '', children }: CardProps) {
  const id = useId()
  return (
    <section className={`card ${wide ? 'wide' : ''} ${className}`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  )
}

/** What a naive library would do here, in one sentence. */
export function Naive({ children }: { children: ReactNode }) {
  return (
    <p className="naive">
      <span className="tag">A naive library</span> {children}
    </p>
  )
}
