import { execFileSync } from 'node:child_process'
import type { BenchContext } from '../bench-context.ts'
import { median, script } from '../measure.ts'
import { rounds, verdictOf } from '../report.ts'

export async function floor({ rows, say, made }: BenchContext): Promise<void> {
  const input = await made({ rows })
  const args = ['--max-semi-space-size=1', script('./floor.ts'), input]
  const { floorMs, allMs, ratios } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  say(
    `Enriching ${rows / 1e6} M rows without copying the body takes ${Math.round(allMs)} ms. Decoding the four needed columns and encoding the four new ones alone takes ${Math.round(floorMs)} ms. Ratio: ${rounds(ratios)}; ${verdictOf(median(ratios), 1.25)}.`,
  )
}
