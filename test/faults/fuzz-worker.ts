/**
 * Enriches mutants, one seed after the other, and lets other readers read the results: `fuzz-worker.ts FIRST COUNT`.
 * It announces each step, so that the process that started it knows the cause of a crash.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { leavesOf, readFooter } from '../../functions/parquet/format/footer.ts'
import { isRepeated } from '../../functions/parquet/format/schema.ts'
import { readColumn } from '../../functions/parquet/read/column-reader.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import {
  duckDbRows,
  enrichBytes,
  memorySource,
  NEW_COLUMNS,
  type Row,
  readMetadata,
  temporaryFolder,
} from '../parquet-files.ts'
import { referenceRows } from '../reference.ts'
import { type Mutant, mutant } from './mutants.ts'

export type Step =
  | { readonly seed: number; readonly step: 'enrich' | 'verify' }
  | {
      readonly seed: number
      readonly step: 'done'
      readonly answer: string
      readonly cpuMs: number
      readonly memoryMiB: number
    }
  | { readonly seed: number; readonly step: 'failed'; readonly why: string }

const MEMORY_BUDGET_BYTES = 64 * 2 ** 20
const scratch = temporaryFolder()

const say = (step: Step) => writeFileSync(1, `${JSON.stringify(step)}\n`)

function memoryMiB(field: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync('/proc/self/status', 'latin1')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)![1]) / 1024
}

/** Sets the peak back to what is used now. */
const forgetPeak = () => writeFileSync('/proc/self/clear_refs', '5')

async function run(seed: number): Promise<void> {
  const file = mutant(seed)
  say({ seed, step: 'enrich' })
  forgetPeak()
  const rssBefore = memoryMiB('VmRSS')
  const started = process.cpuUsage()
  let enriched: Awaited<ReturnType<typeof enrichBytes>> | undefined
  let answer = 'enriched'
  try {
    enriched = await enrichBytes(file.bytes, { memoryBudgetBytes: MEMORY_BUDGET_BYTES })
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    answer = error.code
  }
  const { user, system } = process.cpuUsage(started)
  const cpuMs = Math.round((user + system) / 1000)
  const grownMiB = Math.round(memoryMiB('VmHWM') - rssBefore)
  if (enriched) {
    say({ seed, step: 'verify' })
    await verify(seed, file, enriched)
  }
  say({ seed, step: 'done', answer, cpuMs, memoryMiB: grownMiB })
}

type Enriched = Awaited<ReturnType<typeof enrichBytes>>

async function verify(seed: number, { bytes }: Mutant, { output, layout, quality, columns }: Enriched): Promise<void> {
  if (layout === 'appended' && Buffer.compare(output.subarray(0, bytes.length), bytes) !== 0) {
    throw new Error('the output does not begin with the input')
  }
  const { schema, num_rows } = await readMetadata(output)
  if (Number(num_rows) !== quality.rowsWritten) throw new Error(`the footer states ${num_rows} rows`)
  const newColumns = await readColumns(output, NEW_COLUMNS)
  if (newColumns.length !== quality.rowsWritten) throw new Error(`${newColumns.length} new rows`)

  // hyparquet trusts the number of nulls that a v2 page states, other readers count the levels
  const isReadAlike = !(await hasWrongNulls(bytes))
  // the reference compares times as they are stored, and a flipped bit may give one another unit
  const isOneUnit = quality.warnings.every(({ code }) => code !== 'mixed-time-units')
  if (isReadAlike && isOneUnit) await verifyValues(output, columns)

  const names = topLevelNames(schema).filter((name) => !NEW_COLUMNS.includes(name))
  // only hyparquet evaluates the repetition of the root
  const isRootRepeated = (await readMetadata(bytes)).schema[0]?.repetition_type === 'REPEATED'
  if (!isRootRepeated && isReadAlike)
    await compare('hyparquet', names, quality, (name, isOutput) => readColumns(isOutput ? output : bytes, [name]))
  // each file gets its own name, because DuckDB caches metadata by name
  const [before, after] = [path.join(scratch, `${seed}-before.parquet`), path.join(scratch, `${seed}-after.parquet`)]
  writeFileSync(before, bytes)
  writeFileSync(after, output)
  // DuckDB refuses some valid schemas, such as the maps of old writers
  const isReadable = await duckDbRows(`SELECT count(*) FROM '${before}'`).then(
    () => true,
    () => false,
  )
  if (isReadable) await duckDbRows(`SELECT ${NEW_COLUMNS.join(', ')} FROM '${after}'`)
  await compare('DuckDB', names, quality, (name, isOutput) => {
    const column = `"${name.replaceAll('"', '""')}"`
    return duckDbRows(`SELECT ${column} AS v FROM read_parquet('${isOutput ? after : before}')`)
  })
  rmSync(before)
  rmSync(after)
}

async function hasWrongNulls(bytes: Uint8Array): Promise<boolean> {
  const footer = await readFooter(memorySource(bytes), MEMORY_BUDGET_BYTES)
  for (const leaf of leavesOf(footer).filter((leaf) => leaf.nodes.length === 1 && !isRepeated(leaf))) {
    try {
      for await (const _ of readColumn(memorySource(bytes), footer, leaf, () => {}));
    } catch (error) {
      // a column that the program does not read may be damaged
      if (!(error instanceof RefusedError)) throw error
    }
  }
  return footer.warnings.list().some(({ code }) => code === 'null-count')
}

/** Checks the new columns against the slow reference, with all columns read by another reader. */
async function verifyValues(
  output: Uint8Array,
  { time, high, low, close, symbol }: Enriched['columns'],
): Promise<void> {
  const names = [time!, high!, low!, close!, ...(symbol === undefined ? [] : [symbol])]
  const rows = (await readColumns(output, [...names, ...NEW_COLUMNS]).catch(() => [])) as Row[]
  const bars = rows.map((row) => ({
    time: row[time!] instanceof Date ? (row[time!] as Date).getTime() : (row[time!] as number | bigint),
    series: symbol === undefined ? undefined : text(row[symbol]),
    high: row[high!] as number | null,
    low: row[low!] as number | null,
    close: row[close!] as number | null,
  }))
  const isPlain = bars.every(({ high, low, close }) =>
    [high, low, close].every((v) => v == null || typeof v === 'number'),
  )
  // this reader cuts times to milliseconds, which may make two of them one, and knows none beyond the year 275760
  const isDistinct =
    !bars.some(({ time }) => Number.isNaN(time)) &&
    new Set(bars.map(({ time, series }) => `${series} ${time}`)).size === bars.length
  if (!isPlain || !isDistinct) return
  const expected = referenceRows(bars, { definition: 'stockstats', period: 14, multiplier: 3 })
  for (const [i, { upper, lower, orientation, segment }] of expected.entries()) {
    const got = NEW_COLUMNS.map((column) => text(rows[i]![column] ?? null)).join(' ')
    const wanted = [upper, lower, orientation, segment].map(text).join(' ')
    if (got !== wanted) throw new Error(`row ${i} has ${got}, the reference ${wanted}`)
  }
}

/** Checks that a reader finds the same values before and after, except for the removed rows. */
async function compare(
  reader: string,
  names: readonly string[],
  { rowsRead, rowsWritten }: Enriched['quality'],
  read: (name: string, isOutput: boolean) => Promise<readonly unknown[]>,
): Promise<void> {
  const rowsBefore: string[] = Array.from({ length: rowsRead }, () => '')
  const rowsAfter: string[] = Array.from({ length: rowsWritten }, () => '')
  for (const name of names) {
    const input = await read(name, false).catch(() => undefined)
    // a column that the program does not read may be damaged: it is copied as it is
    if (!input || input.length !== rowsRead) continue
    const result = await read(name, true)
    if (result.length !== rowsWritten) throw new Error(`${reader} reads ${result.length} rows of ${name}`)
    for (const [i, value] of input.entries()) rowsBefore[i] += ` ${text(value)}`
    for (const [i, value] of result.entries()) rowsAfter[i] += ` ${text(value)}`
  }
  let at = 0
  for (const [i, row] of rowsAfter.entries()) {
    while (at < rowsBefore.length && rowsBefore[at] !== row) at++
    if (at++ === rowsBefore.length) throw new Error(`${reader}: row ${i} of the output, ${row}, is none of the input`)
  }
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, v) => (typeof v === 'bigint' || Number.isNaN(v) ? String(v) : v))

async function readColumns(bytes: Uint8Array, columns: readonly string[]): Promise<unknown[]> {
  const file = {
    byteLength: bytes.length,
    slice: (start: number, end?: number) => bytes.slice(start, end ?? bytes.length).buffer as ArrayBuffer,
  }
  return parquetReadObjects({ file, compressors, utf8: false, columns: [...columns] })
}

function topLevelNames(schema: Awaited<ReturnType<typeof readMetadata>>['schema']): string[] {
  const names: string[] = []
  for (let at = 1; at < schema.length; ) {
    names.push(schema[at]!.name)
    for (let left = 1; left > 0; at++) left += (schema[at]?.num_children ?? 0) - 1
  }
  return names
}

const [first, count] = process.argv.slice(2).map(Number) as [number, number]
for (let seed = first; seed < first + count; seed++) {
  try {
    await run(seed)
  } catch (error) {
    say({ seed, step: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}
rmSync(scratch, { recursive: true, force: true })
process.exit()
