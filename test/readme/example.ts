/** The README's first command, executed: what it prints, and the rows around the last flip of its output. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sampleFile } from '../../bin/local/sample.ts'
import { NEW_COLUMNS, type Row, readRowsOf } from '../parquet-files.ts'
import { root } from './documents.ts'

/** Where the sample is in the repository. */
export const SAMPLE_PATH = 'docs/aapl.parquet'

const COLUMNS = ['Date', 'Close', ...NEW_COLUMNS]
/** Rows before the last flip and from it on. */
const SHOWN = [3, 3] as const

export interface Example {
  /** Standard error, then standard output, without the line of time and memory. */
  readonly printed: string
  readonly rows: string
}

/** Commands of a document as they are called in a clone, with their arguments. */
export function scriptCalls(markdown: string): string[][] {
  return [...markdown.matchAll(/^npm run --silent (.+? -- .+?)(?: +#.*)?$/gm)].map((match) =>
    match[1]!.split(' ').filter((word) => word !== '--'),
  )
}

/** Executes the commands of the README in a folder of their own that has the sample. */
export async function runExample(readme: string): Promise<Example> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-example-'))
  try {
    mkdirSync(path.join(folder, path.dirname(SAMPLE_PATH)))
    writeFileSync(path.join(folder, SAMPLE_PATH), sampleFile())
    const [first] = scriptCalls(readme).map((words) => run(folder, words))
    const rows = await readRowsOf(path.join(folder, 'enriched.parquet'))
    return { printed: fenced(first!.replace(/\n {2}[\d,]+ ms, \d+ MiB\n$/, '\n')), rows: fenced(aroundLastFlip(rows)) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(cwd: string, words: readonly string[]): string {
  const args = [path.join(root, 'bin/parquet-supertrend.ts'), ...words]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
  return `${stderr}${stdout}`
}

function fenced(text: string): string {
  return `\n\`\`\`\n${text.trimEnd()}\n\`\`\`\n`
}

function aroundLastFlip(rows: readonly Row[]): string {
  const flip = rows.findLastIndex((row, i) => i > 0 && row.st_trend_segment !== rows[i - 1]!.st_trend_segment)
  const shown = rows.slice(flip - SHOWN[0], flip + SHOWN[1])
  const lines = [COLUMNS, ...shown.map((row) => COLUMNS.map((name) => cell(row[name])))]
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)))
  return lines.map((line) => line.map((text, i) => text.padStart(widths[i]!)).join('  ')).join('\n')
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (value instanceof Date) return value.toISOString().slice(0, 10)
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value)
}
