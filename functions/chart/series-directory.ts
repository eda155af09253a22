/** The series of a file and where their rows are. */
import { quoted, RefusedError } from '../shared/errors.ts'

export class SeriesDirectory {
  /** In order of appearance; one without a name if the file has no symbol column. */
  readonly names: string[] = []
  readonly #rows = new Map<string, { readonly first: number; last: number }>()

  /** Called with each piece that contains rows of a series. */
  add(name: string, firstRow: number, lastRow: number): void {
    const known = this.#rows.get(name)
    if (known) known.last = Math.max(known.last, lastRow)
    else this.#rows.set(name, { first: firstRow, last: lastRow })
  }

  /** Whether any row from `from` to `to` (exclusive) may belong to the series. */
  mayHave(name: string, from: number, to: number): boolean {
    const rows = this.#rows.get(name)
    return rows !== undefined && from <= rows.last && to > rows.first
  }

  refuse(wanted: string): never {
    if (this.names.length === 0) throw new RefusedError('columns', '--symbol: the file has no rows')
    const some = this.names.slice(0, 20).map(quoted).join(', ')
    const more = this.names.length > 20 ? ` and ${this.names.length - 20} more` : ''
    throw new RefusedError('columns', `--symbol: there is no ${quoted(wanted)}; the file has ${some}${more}`)
  }
}

/** A symbol alone means its first venue. */
export function isNamed(name: string, wanted: string | undefined): boolean {
  return wanted === undefined || name === wanted || name.startsWith(`${wanted} `)
}
