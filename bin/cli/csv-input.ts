/** Converts a CSV file to a parquet file in a temporary folder, so that every command reads it as it reads parquet. */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { parse as parseAtOnce } from 'csv-parse/sync'
import { ParquetWriter } from 'hyparquet-writer'
import type { ColumnChoices } from '../../functions/market/named-columns.ts'
import { printable, quoted, RefusedError } from '../../functions/shared/errors.ts'
import { DecimalMarks } from './csv-decimals.ts'
import { csvRoles } from './csv-roles.ts'
import { CsvColumn } from './csv-types.ts'
import type { CsvFile } from './input-file.ts'

const GROUP_ROWS = 100_000
const DELIMITERS = [',', ';', '\t', '|'] as const
/** The header must be within so many bytes. */
const CSV_HEADER_BYTES = 64 * 1024

/**
 * Reads the file twice: first for the types, then for the values. Prices and volumes are DOUBLE, and symbols text. Another
 * column is INT64, DOUBLE, DATE or TIMESTAMP if all of its values are; otherwise it is text.
 * @param name of the CSV file, or of its copy
 * @param target path of the parquet file
 * @param shown name for messages
 * @param choices columns that the user named
 * @throws RefusedError `corrupt` naming the line, or `unsupported`
 */
export async function csvToParquet(
  name: string,
  target: string,
  shown: string,
  choices: ColumnChoices,
): Promise<CsvFile> {
  try {
    const hasHeader = await convertCsv(name, target, shown, choices)
    return { bytes: (await stat(name)).size, hasHeader }
  } catch (error) {
    throw damagedCsv(error, shown)
  }
}

/** @returns a RefusedError for a fault of the file; any other error unchanged */
function damagedCsv(error: unknown, shown: string): unknown {
  const isDamaged = error instanceof CsvError || /^Z_/.test((error as NodeJS.ErrnoException).code ?? '')
  if (!isDamaged) return error
  return new RefusedError('corrupt', `${quoted(shown)} is damaged: ${printable((error as Error).message, 200)}`, {
    cause: error,
  })
}

/** @returns whether the file has a header */
async function convertCsv(name: string, target: string, shown: string, choices: ColumnChoices): Promise<boolean> {
  const { delimiter, header, hasHeader } = await readHeader(name, shown)
  const names = header.map((title, i) => (hasHeader && title !== '' ? title : `column${i + 1}`))
  const repeated = names.find((title, i) => names.indexOf(title) < i)
  if (repeated !== undefined) {
    throw new RefusedError(
      'columns',
      `${quoted(shown)} has several columns ${quoted(repeated)}; give each a name of its own in its first line`,
    )
  }
  const roles = csvRoles(names, choices)
  const columns = roles.map((role) => new CsvColumn(role))
  const records = () => recordsOf(name, shown, { delimiter, skip: hasHeader ? 1 : 0 })
  // beside delimiters that are commas, a comma in a number groups thousands
  const marks = delimiter === ',' ? undefined : new DecimalMarks()
  for await (const record of records()) {
    for (const [i, text] of record.entries()) {
      columns[i]!.look(text)
      if (roles[i] === 'price') marks?.look(text, names[i]!)
    }
  }
  const mark = marks ? marks.found(shown) : 'point'
  if (mark !== undefined) for (const column of columns) column.settle(mark)
  await writeRows(target, names, columns, records())
  return hasHeader
}

async function writeRows(
  target: string,
  names: readonly string[],
  columns: readonly CsvColumn[],
  records: AsyncIterable<readonly string[]>,
): Promise<void> {
  const { fileWriter } = await import('hyparquet-writer')
  const schema = names.map((name, i) => ({ ...columns[i]!.element, name, repetition_type: 'OPTIONAL' as const }))
  const root = { name: 'schema', num_children: names.length }
  const writer = new ParquetWriter({ writer: fileWriter(target), schema: [root, ...schema] })
  let data: unknown[][] = names.map(() => [])
  const flush = () => {
    const columnData = names.map((name, i) => ({ name, data: data[i]! }))
    if (data[0]!.length > 0) writer.write({ columnData, rowGroupSize: GROUP_ROWS })
    data = names.map(() => [])
  }
  for await (const record of records) {
    for (const [i, text] of record.entries()) data[i]!.push(columns[i]!.parse(text))
    if (data[0]!.length === GROUP_ROWS) flush()
  }
  flush()
  writer.finish()
}

async function readHeader(name: string, shown: string) {
  const line = await firstLine(name, shown)
  const splits = DELIMITERS.map((delimiter) => {
    const [fields = []] = parseAtOnce(line, { delimiter, bom: true, trim: true, relax_quotes: true })
    return { delimiter, header: fields }
  })
  const { delimiter, header } = splits.reduce((most, split) =>
    split.header.length > most.header.length ? split : most,
  )
  if (header.length < 2) {
    throw new RefusedError('unsupported', `${quoted(shown)} is no CSV: its first line ${quoted(line)} has one field`)
  }
  // a header names its columns; a first row of numbers is data
  const hasHeader = header.filter((title) => /^[-+.\d][-+.,:/\d TZ]*$/.test(title)).length < header.length / 2
  return { delimiter, header, hasHeader }
}

async function firstLine(name: string, shown: string): Promise<string> {
  const bytes = isGzip(name) ? await firstOfGzip(name) : await firstOfFile(name)
  if (bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
    throw new RefusedError('unsupported', `${quoted(shown)} is UTF-16 text; save it as UTF-8`)
  }
  const [line] = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/, 1)
  if (!line)
    throw new RefusedError('corrupt', `${quoted(shown)} begins with an empty line; a CSV begins with its header`)
  return line
}

async function firstOfFile(name: string): Promise<Uint8Array> {
  const file = await open(name)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(CSV_HEADER_BYTES), 0, CSV_HEADER_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function firstOfGzip(name: string): Promise<Uint8Array> {
  for await (const piece of textStream(name)) return piece as Uint8Array
  return new Uint8Array(0)
}

function isGzip(name: string): boolean {
  return path.extname(name).toLowerCase() === '.gz'
}

function textStream(name: string): NodeJS.ReadableStream {
  const file = createReadStream(name)
  if (!isGzip(name)) return file
  const text = createGunzip()
  file.on('error', (error) => text.destroy(error))
  return file.pipe(text)
}

/**
 * Passes UTF-8 on. Other text would lose its letters: two symbols could become one, whose bars are then duplicates.
 * @throws RefusedError `unsupported`
 */
async function* checkedUtf8(stream: NodeJS.ReadableStream, shown: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const check = (piece?: Uint8Array) => {
    try {
      decoder.decode(piece, { stream: piece !== undefined })
    } catch (error) {
      throw new RefusedError('unsupported', `${quoted(shown)} is not UTF-8; save it as UTF-8`, { cause: error })
    }
  }
  for await (const piece of stream as AsyncIterable<Uint8Array>) {
    check(piece)
    yield piece
  }
  check()
}

interface RecordShape {
  readonly delimiter: string
  /** Records at the beginning that are left out. */
  readonly skip: number
}

async function* recordsOf(name: string, shown: string, { delimiter, skip }: RecordShape): AsyncGenerator<string[]> {
  const parser = parse({ delimiter, bom: true, trim: true, skip_empty_lines: true })
  const stream = Readable.from(checkedUtf8(textStream(name), shown))
  stream.on('error', (error) => parser.destroy(error))
  let number = 0
  for await (const record of stream.pipe(parser) as AsyncIterable<string[]>) if (++number > skip) yield record
}
