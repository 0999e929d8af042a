import { useId, type ReactNode } from 'react'

export interface CardProps {
  title: string
  /** The anchor that links lead to. */
  id?: string
  wide?: boolean
  className?: string
  /** What stands on the title's line, beside it. */
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

/** Says in one sentence what a naive library would do here. */
export function Naive({ children }: { children: ReactNode }) {
  return (
    <p className="naive">
      <span className="tag">A naive library</span> {children}
    </p>
  )
}
