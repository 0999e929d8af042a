import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of a check of options, of the page vault's warning, and of the worker's. */
const WORDS = ['is not an option', 'memory instead', 'optimizeDeps']

/** What is for development only, in the scripts of a folder. */
export function developmentWords(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const scripts = files.filter((file) => file.endsWith('.js'))
  const text = scripts.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
  return WORDS.filter((words) => text.includes(words))
}
