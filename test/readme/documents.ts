/** The documents of the repository, by their path from its root. */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export function readDocument(name: string): string {
  return readFileSync(path.join(root, name), 'utf8')
}

export const DOCUMENT_NAMES: readonly string[] = globSync(['*.md', 'docs/**/*.md'], {
  cwd: root,
  exclude: ['docs/api/**'],
}).sort()

/** What users read: README.md and the pages of docs, one after the other. */
export const USER_DOCUMENTS: string = DOCUMENT_NAMES.filter(
  (name) => name === 'README.md' || /^docs\/[^/]+$/.test(name),
)
  .map(readDocument)
  .join('\n')
