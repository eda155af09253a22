/** Refuses 12-hour times of day whose AM and PM are in a column of their own. */
import { describedColumn } from '../../market/named-columns.ts'
import { isText } from '../../market/prices.ts'
import { SymbolCodes } from '../../market/series.ts'
import { areHalfDays } from '../../market/times/time-of-day-evidence.ts'
import { readColumn } from '../../parquet/read/column-reader.ts'
import { RefusedError } from '../../shared/errors.ts'
import { leafOf, type MarketFile } from '../market-file.ts'

/** Different spellings of AM and PM, including null. */
const MAX_VALUES = 8

/**
 * To be called when the times have been read: if an hour is 0 or above 12, nothing else has to be read.
 * @throws RefusedError `time` when another column has AM and PM
 */
export async function refuseHalfDays(file: MarketFile): Promise<void> {
  const { descriptions, columns, times } = file
  if (!times.timeOfDay?.areTwelveHours) return
  for (const [column, description] of descriptions.entries()) {
    if (!isText(description) || description.isField || column === columns.time || column === columns.timeOfDay) continue
    const values = await fewValues(file, column)
    if (!values || !areHalfDays(values) || values.every((value) => /^a/i.test(value))) continue
    const timeOfDay = descriptions[times.timeOfDay.isFirst ? columns.time : columns.timeOfDay!]!
    throw new RefusedError(
      'time',
      `the time column ${describedColumn(timeOfDay)} holds hours from 1 to 12, and ${describedColumn(description)} holds AM and PM; write AM or PM after the time of day, such as 9:30 AM, or write timestamps`,
    )
  }
}

/** The different values of a text column without null; undefined when there are many. */
async function fewValues(file: MarketFile, column: number): Promise<string[] | undefined> {
  const texts: string[] = []
  const symbols = new SymbolCodes(file.descriptions[column]!, (text) => texts.push(text))
  let codes = new Int32Array(0)
  const pieces = readColumn(file.source, file.footer, leafOf(file, column), (raw) => {
    if (codes.length < raw.rows) codes = new Int32Array(raw.rows)
    symbols.read(raw, codes, 0)
  })
  for await (const _ of pieces) if (texts.length > MAX_VALUES) return undefined
  return texts.filter((text) => text !== 'null')
}
