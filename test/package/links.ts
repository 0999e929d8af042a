/** A relative link of a page. */
export interface Link {
  /** Empty where it leads within the page. */
  path: string
  /** The heading it leads to, as GitHub spells it. */
  anchor: string | undefined
}

/** The relative links of a page, outside of its code. */
export function linksOf(markdown: string): Link[] {
  const links = withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)
  return Array.from(links, ([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#')
      return { path, anchor }
    })
}

/** What a link may name behind `#`: the page's headings, as GitHub spells them, and its anchors. */
export function anchorsOf(markdown: string): string[] {
  const page = withoutCode(markdown, /^```[\s\S]*?^```$/gm)
  const headings = Array.from(page.matchAll(/^#+ (.+)$/gm), ([, heading = '']) => heading)
  const own = Array.from(page.matchAll(/<a id="([^"]+)">/g), ([, id = '']) => id)
  return [...headings.map(spelled), ...own]
}

function spelled(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}

function withoutCode(markdown: string, code = /^```[\s\S]*?^```$|`[^`\n]*`/gm): string {
  return markdown.replaceAll(code, '')
}
