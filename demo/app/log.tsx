import type { ReactNode } from 'react'

/** A list that scrolls, also by keyboard. */
export function Log({ label, children }: { label: string; children: ReactNode }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- nothing in it takes the focus
    <ol className="log" tabIndex={0} aria-label={label}>
      {children}
    </ol>
  )
}
