import { parseAst } from 'vite'

/** What one table row of docs/requirements.md says. */
export interface Requirement {
  id: string
  sentence: string
  source: string
}

interface Node {
  type: string
  [property: string]: unknown
}

const ID = String.raw`(?:[ABFHMPTUW]-?\d{1,2}[a-z]?|RFC \d+ §\d+(?:\.\d+)*|conformance \d+)`
/** Ids stand at the start of a title, one after another. Three digits, as in P-256, are no id. */
const IDS_AT_THE_START = new RegExp(String.raw`^${ID}(?: ${ID})*(?![\w-])`)
/** With a dash they are unmistakable, so these count wherever they stand. */
const DASHED_ID = /\b[ABMT]-\d{1,2}\b/g

export function idsInTitle(title: string): string[] {
  const start = IDS_AT_THE_START.exec(title)?.[0] ?? ''
  const leading = start.match(new RegExp(ID, 'g')) ?? []
  return [...new Set([...leading, ...(title.match(DASHED_ID) ?? [])])]
}

/** The ids in the titles of one test file: of tests, of suites, and of the tables that both are made from. */
export function idsInTests(code: string, file: string): string[] {
  const program = parseAst(code, { lang: file.endsWith('x') ? 'tsx' : 'ts' }, file) as object
  const tables = new Map<string, Node>()
  const calls: Node[] = []
  visit(program, (node) => {
    const { id, init } = node as { id?: { name?: unknown }; init?: unknown }
    if (node.type === 'VariableDeclarator' && isNode(init)) tables.set(String(id?.name), init)
    if (node.type === 'CallExpression' && /^(test|it|describe)$/.test(calledName(node))) {
      calls.push(node)
    }
    return true
  })
  return [...new Set(calls.flatMap((call) => textsOf(call, tables)).flatMap(idsInTitle))]
}

/** The strings of a call: its arguments, and the table that `each` or `for` was called with. */
function textsOf(call: Node, tables: ReadonlyMap<string, Node>, seen = new Set<Node>()): string[] {
  const texts: string[] = []
  visit(call, (node) => {
    if (seen.has(node)) return false
    seen.add(node)
    // The body of a test is not its title.
    if (/Function/.test(node.type)) return false
    if (node.type === 'Literal' && typeof node['value'] === 'string') texts.push(node['value'])
    if (node.type === 'TemplateLiteral') texts.push(textOfTemplate(node))
    const table = node.type === 'Identifier' && tables.get(String(node['name']))
    if (table) texts.push(...textsOf(table, tables, seen))
    return true
  })
  return texts
}

function textOfTemplate({ quasis }: Node): string {
  const parts = quasis as { value: { raw: string } }[]
  return parts.map(({ value }) => value.raw).join('…')
}

/** `test` of `test('…')`, of `test.each([…])('…')` and of `test.concurrent.for(table)('…')`. */
function calledName(call: Node): string {
  let { callee } = call as unknown as { callee: Node }
  while (callee.type === 'MemberExpression' || callee.type === 'CallExpression') {
    callee = (callee['object'] ?? callee['callee']) as Node
  }
  return String(callee['name'])
}

function visit(value: unknown, enter: (node: Node) => boolean): void {
  if (typeof value !== 'object' || value === null) return
  if (isNode(value) && !enter(value)) return
  for (const child of Object.values(value)) visit(child, enter)
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value

/** The rows of every table in a document, without the anchor in front of an id. */
export function requirementsIn(markdown: string): Requirement[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| <a id='))
    .map((line) => {
      const [id = '', sentence = '', source = ''] = line
        .split(/(?<!\\)\|/)
        .slice(1)
        .map((cell) => cell.trim())
      return { id: id.replace(/^<a id="[^"]*"><\/a>/, ''), sentence, source }
    })
}

/** What is wrong between the titles of tests, by file, and the requirements written down. */
export function complaintsAbout(
  idsByFile: ReadonlyMap<string, readonly string[]>,
  requirements: readonly Requirement[],
): string[] {
  const tested = new Set([...idsByFile.values()].flat())
  const written = requirements.map(({ id }) => id)
  return [
    ...[...idsByFile].flatMap(([file, ids]) =>
      ids.filter((id) => !written.includes(id)).map((id) => `${file}: no row for ${id}`),
    ),
    ...written.filter((id) => !tested.has(id)).map((id) => `no test is named after ${id}`),
    ...written.filter((id, i) => written.indexOf(id) < i).map((id) => `two rows for ${id}`),
    ...requirements
      .filter(({ sentence, source }) => !/\S\.$/.test(sentence) || source === '')
      .map(({ id }) => `${id} lacks a sentence with a full stop, or a source`),
  ]
}
