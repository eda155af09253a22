import path from 'node:path'
import { addedBytes, realFiles } from '../added-bytes.ts'
import type { BenchContext } from '../bench-context.ts'
import { grouped, verdict } from '../report.ts'

export async function size({ say, made, at, python, realFolder }: BenchContext): Promise<void> {
  const program = python()
  if (!program) {
    say('Not measured: Python 3 with the packages of `test/bench/requirements.txt` cannot be had.')
    return
  }
  say('| file | compression | bytes added | pyarrow, the same columns | ratio | target |')
  say('|---|---|---|---|---|---|')
  const compared = (name: string, input: string) => {
    const { rows, bytes, others, compression, pyarrow } = addedBytes(input, at('out.parquet'), program)
    const ratio = Number((bytes / others).toFixed(2))
    say(
      `| ${grouped(rows)} rows, ${name} | ${compression} | ${grouped(bytes)} | pyarrow ${pyarrow}: ${grouped(others)} | ${ratio} | ${verdict(ratio, 1)} |`,
    )
  }
  compared('one series', await made({ rows: 1_000_000 }))
  for (const series of [3, 500]) {
    compared(`${series} series that alternate`, await made({ rows: 1_000_000, series }))
  }
  for (const file of realFolder ? realFiles(realFolder) : []) compared(`real: ${path.basename(file)}`, file)
}
