import { execFileSync } from 'node:child_process'
import type { BenchContext } from '../bench-context.ts'
import type { BarsFile } from '../make-bars.ts'
import { compare, duckDb, enrich, newestDuckDb, type Program, readingBack, script } from '../measure.ts'
import { rounds, seconds } from '../report.ts'
import { comparedRow, comparisonHead } from './comparison.ts'

export async function engines(bench: BenchContext): Promise<void> {
  const { rows, say, made, at } = bench
  comparisonHead(bench)
  const out = at('out.parquet')
  const copy = async (name: string, file: BarsFile, processors: 1 | 2, target?: number) => {
    const input = await made(file)
    const programs = [enrich(input, out), duckDb('copy', input, out, processors)]
    comparedRow(bench, name, compare(programs, processors), target)
  }
  const million = `${rows / 1e6} M rows`
  await copy('35,000 rows', { rows: 35_000 }, 1)
  await copy('1 M rows', { rows: 1_000_000 }, 1)
  await copy(`${million}, one processor`, { rows }, 1, 0.45)
  await withoutDictionaries(bench, million)
  await copy(`${million}, two processors`, { rows }, 2)
  await copy(`${million}, one row group`, { rows, rowGroupRows: rows }, 1)
  await copy(`${million}, ZSTD`, { rows, codec: 'zstd' }, 1)
  await copy(`${rows / 5e6} M rows, 90 columns`, { rows: rows / 5, columns: 90 }, 1, 0.12)
  const input = await made({ rows, duplicates: { kind: 'overlap', share: 0.01 } })
  const programs = [enrich(input, out), duckDb('dedupe', input, out, 1)]
  comparedRow(bench, `${million}, 1 % duplicates`, compare(programs, 1), 0.7)
  say()
  say(
    '"Without dictionaries" is the file of the row above it as pyarrow writes it: SNAPPY, 122,880 rows in a row group.',
  )
  const ours = enrich(await made({ rows }), out)
  const [readBack, ofWritten] = compare([readingBack(ours), ours], 1)
  say(
    `By default, one file of 20 is read back with another reader before it is published. That is off in the times of this page; with ${million} it takes ${seconds(readBack!.wallMs)} instead of ${seconds(ofWritten!.wallMs)}: ${rounds(ofWritten!.ratios)}.`,
  )
}

/** Against the DuckDB of npm and the newest one, in the same rounds. */
async function withoutDictionaries(bench: BenchContext, million: string): Promise<void> {
  const { rows, say, made, at, python } = bench
  const program = python()
  if (!program) {
    say(`| ${million}, without dictionaries | not measured: no Python with pyarrow and DuckDB | | | |`)
    return
  }
  const [input, out] = [at('without-dictionaries.parquet'), at('out.parquet')]
  execFileSync(program, [script('./rewrite.py'), 'plain', await made({ rows }), input])
  const programs: Program[] = [enrich(input, out), duckDb('copy', input, out, 1), newestDuckDb(program, input, out, 1)]
  const [ours, ofNpm, newest] = compare(programs, 1)
  comparedRow(bench, `${million}, without dictionaries, one processor`, [ours!, ofNpm!], 0.45)
  comparedRow(bench, `${million}, without dictionaries, one processor`, [ours!, newest!], 0.55)
}
