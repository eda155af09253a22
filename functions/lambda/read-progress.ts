/** Rows of one file that were read before it was refused: reconcile makes it, enrich advances it, the report says it. */
export class ReadProgress {
  #rowsRead = 0
  #rows: number | undefined

  /** @param rows of the whole file, as its footer says */
  readonly advance = (rowsRead: number, rows: number): void => {
    this.#rowsRead = rowsRead
    this.#rows = rows
  }

  /** `rows` is undefined until the footer is read. */
  get read(): { readonly rowsRead: number; readonly rows: number | undefined } {
    return { rowsRead: this.#rowsRead, rows: this.#rows }
  }
}
