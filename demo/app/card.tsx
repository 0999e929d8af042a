import { useId, type ReactNode } from 'react'

export interface CardProps {
  title: string
  /** Where a link leads to. */
  id?: string
  wide?: boolean
  className?: string
  /** On the title's line. */
  beside?: ReactNode
  children: ReactNode
}

export function Card({ title, id, wide, className = '', beside, children }: CardProps) {
  const titleId = useId()
  return (
    <section
      id={id}
      className={`card ${wide ? 'wide' : ''} ${className}`}
      aria-labelledby={titleId}
    >
      <div className="head">
        <h2 id={titleId}>{title}</h2>
        {beside}
      </div>
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
