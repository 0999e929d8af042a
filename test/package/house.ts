// The house drawn from its files: who imports whom, and how long each file and function is.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync, Visitor, type ESTree } from 'vite'

/** Code by path, with `/` between folders. */
export type House = Record<string, string>

export function readHouse(folder: string): House {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const sources = names.filter((name) => /\.tsx?$/.test(name)).toSorted()
  return Object.fromEntries(
    sources.map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const),
  )
}

function parse(path: string, code: string): ESTree.Program {
  const { program, errors } = parseSync(path, code)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`)
  return program
}

/** The files of the house that a file names: static, type-only and dynamic imports, re-exports and `import('…').Type`. */
function importsOf(house: House, path: string): string[] {
  const found = new Set<string>()
  const add = (source: ESTree.Expression | null): void => {
    if (source?.type !== 'Literal' || typeof source.value !== 'string') return
    const target = join(dirname(path), source.value)
    if (source.value.startsWith('.') && target in house) found.add(target)
  }
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
  }).visit(parse(path, house[path]!))
  return [...found]
}

/** Each circle of imports once, as the shortest way from its first file back to it: `a.ts → b.ts → a.ts`. */
export function circles(house: House): string[] {
  const imports = new Map(Object.keys(house).map((path) => [path, importsOf(house, path)]))
  const found = new Map<string, string>()
  for (const path of imports.keys()) {
    const way = wayBack(imports, path)
    if (!way) continue
    const members = way.toSorted().join()
    if (!found.has(members)) found.set(members, [...way, path].join(' → '))
  }
  return [...found.values()]
}

function wayBack(imports: Map<string, string[]>, start: string): string[] | undefined {
  const ways = [[start]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const next of imports.get(way.at(-1)!) ?? []) {
      if (next === start) return way
      if (!seen.has(next)) ways.push([...way, next])
      seen.add(next)
    }
  }
  return undefined
}

export function longFiles(house: House, limit: number): string[] {
  return Object.entries(house)
    .map(([path, code]) => ({ path, lines: linesOf(code) }))
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path}: ${lines} lines`)
}

const linesOf = (code: string): number => code.replace(/\n$/, '').split('\n').length

type AnyFunction = ESTree.Function | ESTree.ArrowFunctionExpression

/** Functions, methods and closures, the ones within others too, by their own lines. */
export function longFunctions(house: House, limit: number): string[] {
  return Object.entries(house).flatMap(([path, code]) =>
    functionsOf(parse(path, code)).flatMap(({ node, name }) => {
      const lines = linesOf(code.slice(node.start, node.end))
      if (lines <= limit) return []
      const line = linesOf(code.slice(0, node.start + 1))
      const kind = returnsFunctions(node) ? ', a closure that returns an object of functions' : ''
      return [`${path}:${line} ${name}: ${lines} lines${kind}`]
    }),
  )
}

function functionsOf(program: ESTree.Program): { node: AnyFunction; name: string }[] {
  const functions: AnyFunction[] = []
  const names = new Map<unknown, string>()
  const name = (key: ESTree.Node, value: unknown): void => {
    if (key.type === 'Identifier') names.set(value, key.name)
    if (key.type === 'PrivateIdentifier') names.set(value, `#${key.name}`)
  }
  const add = (node: AnyFunction): void => void functions.push(node)
  new Visitor({
    VariableDeclarator: ({ id, init }) => name(id, init),
    Property: ({ key, value }) => name(key, value),
    PropertyDefinition: ({ key, value }) => name(key, value),
    MethodDefinition: ({ key, value }) => name(key, value),
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  }).visit(program)
  return functions.map((node) => ({
    node,
    name:
      names.get(node) ?? ('id' in node ? node.id?.name : undefined) ?? 'a function without name',
  }))
}

const isFunction = (node: ESTree.Node | null): boolean =>
  node?.type === 'FunctionDeclaration' ||
  node?.type === 'FunctionExpression' ||
  node?.type === 'ArrowFunctionExpression'

/** Whether a closure ends by handing out functions: `return { go }`, or `return made` where `const made = { go() {} }`. */
function returnsFunctions({ body }: AnyFunction): boolean {
  if (body?.type !== 'BlockStatement') return false
  const last = body.body.at(-1)
  const locals = localsOf(body.body)
  const returned = last?.type === 'ReturnStatement' ? valueOf(last.argument, locals) : null
  if (returned?.type !== 'ObjectExpression') return false
  return returned.properties.some(
    (property) => property.type === 'Property' && isFunction(valueOf(property.value, locals)),
  )
}

type Locals = Map<string, ESTree.Node | null>

function localsOf(statements: ESTree.Statement[]): Locals {
  const locals: Locals = new Map()
  for (const statement of statements) {
    if (statement.type === 'FunctionDeclaration') locals.set(statement.id?.name ?? '', statement)
    if (statement.type !== 'VariableDeclaration') continue
    for (const { id, init } of statement.declarations) {
      if (id.type === 'Identifier') locals.set(id.name, init)
    }
  }
  return locals
}

/** What a name stands for, where it is a local one. */
const valueOf = (node: ESTree.Node | null, locals: Locals): ESTree.Node | null =>
  node?.type === 'Identifier' ? (locals.get(node.name) ?? null) : node
