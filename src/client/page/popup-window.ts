/** What is used of a window that this page opened. */
export type PopupWindow = Pick<Window, 'closed' | 'close' | 'focus'> & {
  readonly location: Pick<Location, 'replace'>
}
