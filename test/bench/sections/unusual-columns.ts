import type { BenchContext } from '../bench-context.ts'
import type { BarsFile } from '../make-bars.ts'
import { compare, enrich, median } from '../measure.ts'
import { rounds, seconds, verdictOf } from '../report.ts'

const ONE_SYMBOL = 4

export async function unusualColumns({ rows, say, made, at }: BenchContext): Promise<void> {
  const count = rows / 5
  say(
    `Processor time for ${count / 1e6} M rows, start of the program included, compared with a file of DOUBLE prices and one symbol.`,
  )
  say()
  say('| file | processor time, peak memory | DOUBLE prices and one symbol | ratio (five rounds) | target |')
  say('|---|---|---|---|---|')
  const out = at('out.parquet')
  const usual = { ...enrich(await made({ rows: count, symbolBytes: ONE_SYMBOL }), out), name: 'usual' }
  const beside = async (name: string, file: Omit<BarsFile, 'rows'>) => {
    const input = await made({ rows: count, symbolBytes: ONE_SYMBOL, ...file })
    const [unusual, ofUsual] = compare([enrich(input, out), usual], 1, { by: 'cpuMs' })
    const { ratios } = ofUsual!
    say(
      `| ${name} | ${seconds(unusual!.cpuMs)}, ${unusual!.peakMemoryMiB} MiB | ${seconds(ofUsual!.cpuMs)} | ${rounds(ratios)} | ${verdictOf(median(ratios), 1.5)} |`,
    )
  }
  for (const prices of ['DECIMAL(18,2)', 'DECIMAL(38,2)', 'DECIMAL(38,18)'] as const) {
    await beside(`${prices} prices`, { prices })
  }
  await beside('INT64 prices', { prices: 'BIGINT' })
  await beside('ISO text times', { isoTimes: true })
  await beside('14 interleaved symbols', { series: 14, symbolBytes: 5 })
  await beside('3,000 interleaved symbols', { series: 3000, symbolBytes: 5 })
  await beside('14 interleaved symbols of 100 bytes', { series: 14, symbolBytes: 100 })
}
