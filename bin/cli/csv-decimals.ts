/** Finds out from the prices and volumes of a CSV file whether a comma or a point precedes their decimals. */
import { quoted, RefusedError } from '../../functions/shared/errors.ts'

export type DecimalMark = 'comma' | 'point'

const CSV_NUMERAL = /^[+-]?\d[\d.,]*(?:e[+-]?\d+)?$/i
/** Thousands and more, or three decimals. */
const EITHER = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/
const GROUPED = /^[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})+$/

interface MarkSample {
  readonly text: string
  readonly column: string
}

export class DecimalMarks {
  /** The first text that leaves no doubt about its mark. */
  readonly #certain: Partial<Record<DecimalMark, MarkSample>> = {}
  /** The first text that has this mark, which may group thousands. */
  readonly #doubtful: Partial<Record<DecimalMark, MarkSample>> = {}

  look(text: string, column: string): void {
    const [comma, point] = [text.lastIndexOf(','), text.lastIndexOf('.')]
    if ((comma < 0 && point < 0) || !CSV_NUMERAL.test(text)) return
    const last = comma > point ? 'comma' : 'point'
    if (EITHER.test(text)) this.#doubtful[last] ??= { text, column }
    else if (GROUPED.test(text)) this.#certain[last === 'comma' ? 'point' : 'comma'] ??= { text, column }
    else this.#certain[last] ??= { text, column }
  }

  /**
   * @returns undefined when no text has a mark
   * @throws RefusedError `unsupported` when the texts contradict each other, or leave it open which mark groups thousands
   */
  found(shown: string): DecimalMark | undefined {
    const marks = this.#certain.comma || this.#certain.point ? this.#certain : this.#doubtful
    if (!marks.comma || !marks.point) return marks.comma ? 'comma' : marks.point && 'point'
    const [comma, point] = [marks.comma, marks.point].map(({ text, column }) => `${quoted(text)} in ${quoted(column)}`)
    const problem = `it has ${comma} and ${point}, so it is not clear whether a comma or a point precedes the decimals`
    throw new RefusedError('unsupported', `${quoted(shown)}: ${problem}; write all numbers in one way`)
  }
}
