/** Counts the rows of one file that were read before it was refused. Reconcile creates it, enrich advances it. */
export class ReadProgress {
  #rowsRead = 0
  #rows: number | undefined

  /** @param rows rows of the whole file according to its footer */
  readonly advance = (rowsRead: number, rows: number): void => {
    this.#rowsRead = rowsRead
    this.#rows = rows
  }

  /** `rows` is undefined until the footer is read. */
  get read(): { readonly rowsRead: number; readonly rows: number | undefined } {
    return { rowsRead: this.#rowsRead, rows: this.#rows }
  }
}
