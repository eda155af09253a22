/** The table of readers and writers in docs/file-format.md. */
import { KNOWN_LIMITS, limitOf } from './known-limits.ts'
import type { Reading } from './node-readers.ts'

/** Names with the versions of packages. */
export type Versions = Readonly<Record<string, readonly string[]>>

export const SECTION = 'npm run test:readers -- --write: readers'

/** @param writers by the name that their files begin with */
export function tableOf(readings: readonly Reading[], readers: Versions, writers: Versions): string {
  const of = (writer: string) => readings.filter(({ file }) => file.startsWith(`${writer}.`))
  const columns = Object.entries(writers).map(([writer, packages]) => {
    const files = new Set(of(writer).map(({ file }) => file)).size
    return `${packages.join(', ')}: ${files} files`
  })
  const rows = Object.entries(readers).map(([reader, packages]) => {
    const cells = Object.keys(writers).map((writer) => {
      const own = of(writer).filter((reading) => reading.reader === reader)
      const failed = own.filter(({ problem }) => problem !== null)
      if (failed.length === 0) return 'all'
      const notes = [...new Set(failed.map(limitOf))].sort().map((limit) => `(${limit + 1})`)
      return `${own.length - failed.length} ${notes.join(' ')}`
    })
    return [`${reader} (${packages.join(', ')})`, ...cells]
  })
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const head = [
    ['reader', ...columns],
    ['---', ...columns.map(() => '---')],
  ]
  const notes = KNOWN_LIMITS.map(({ why }, i) => `${i + 1}. ${why}.`)
  return ['', ...[...head, ...rows].map(line), '', ...notes, ''].join('\n')
}

/** The table without the versions of readers and writers. */
export function withoutVersions(table: string): string {
  return table.replace(/ \d+(\.\d+)+[\w.-]*/g, '')
}
