import { escapeHtml } from '../provider/escape-html.ts'

const HUES: Record<string, number> = { alice: 265, bob: 150 }

/** Draws a user's badge, which nobody else may see. */
export function badge(sub: string): string {
  const hue = HUES[sub] ?? 210
  const name = escapeHtml(sub[0]!.toUpperCase() + sub.slice(1))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="232" height="120" viewBox="0 0 232 120" font-family="ui-sans-serif, system-ui, sans-serif" fill="white">
<rect width="232" height="120" rx="12" fill="hsl(${hue} 50% 36%)"/>
<circle cx="214" cy="18" r="62" fill="hsl(${hue} 50% 42%)"/>
<text x="18" y="36" font-size="13" opacity="0.9">Library card</text>
<text x="18" y="78" font-size="28" font-weight="700">${name}</text>
<text x="18" y="102" font-size="13" opacity="0.9">For ${name}’s eyes only</text>
</svg>`
}
