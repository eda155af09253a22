import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import type { BenchContext } from '../bench-context.ts'
import { bundledFunction, type Cost, LINK_BYTES_PER_MS, MB_PER_CPU, startMs, warmFunction } from '../lambda.ts'
import { enrich, median, run } from '../measure.ts'
import { grouped, rounds, verdict, verdictOf } from '../report.ts'

const ROUNDS = 5
/** A small file takes too little time to be measured alone. */
const SMALL_FILES = 10

export async function theFunction(bench: BenchContext): Promise<void> {
  const { rows, say, made, at } = bench
  const { file, bytes } = bundledFunction(at('bundle'))
  const start = await startLine(bench, file)
  say(`Bundle ${(bytes / 1e6).toFixed(1)} MB (${verdict(bytes / 1e6, 7)}).`)
  say()
  say(
    '| file (warm function; S3 with 20 ms latency and 80 MB/s) | time | processor time | peak memory | requests | downloaded | uploaded |',
  )
  say('|---|---|---|---|---|---|---|')
  const small = await made({ rows: 35_000 })
  const medians = await smallFile(file, small)
  const [cost] = medians
  trafficRow(bench, 35_000, small, { ...cost!, cpuMs: median(medians.map(({ cpuMs }) => cpuMs)) })
  const large = await made({ rows })
  const { costs, commandMs } = await largeFile(bench, file, large)
  const inTheMiddle = costs.toSorted((a, b) => a.wallMs - b.wallMs)[ROUNDS >> 1]!
  trafficRow(bench, rows, large, inTheMiddle)
  say()
  say(start)
  const ratio = (name: string, values: readonly number[], target: number, digits = 2) =>
    say(`- ${name}: ${rounds(values, digits)}; ${verdictOf(median(values), target)}.`)
  const smallMs = medians.map(({ cpuMs }) => cpuMs)
  ratio(`Processor time of 35,000 rows in ms, medians of ${SMALL_FILES} files`, smallMs, 12, 1)
  const alone = costs.map(({ wallMs, traffic }) => wallMs / (traffic.bytesDown / LINK_BYTES_PER_MS))
  ratio('Time of the large file / time of its bytes alone', alone, 1.5)
  const processor = costs.map(({ cpuMs }, i) => cpuMs / commandMs[i]!)
  ratio('Processor time / that of the command line', processor, 1.2)
  const gets = Math.max(...costs.map(({ traffic }) => traffic.requests.GetObject ?? 0))
  say(`- GET requests: ${gets}; ${verdict(gets, 60)}.`)
  say()
  say('Other targets: for a large file, 0.75 of its size downloaded and 0.06 uploaded.')
}

/** In turn with an empty handler on the same Node. */
async function startLine({ at }: BenchContext, bundleFile: string): Promise<string> {
  mkdirSync(at('empty'))
  const empty = at('empty/index.mjs')
  writeFileSync(empty, 'export const handler = () => {}')
  await startMs(bundleFile)
  await startMs(empty)
  const [ours, emptys]: [number[], number[]] = [[], []]
  for (let i = 0; i < ROUNDS; i++) {
    ours.push(await startMs(bundleFile))
    emptys.push(await startMs(empty))
  }
  const ratios = ours.map((ms, i) => ms / emptys[i]!)
  const own = `- From the start of the process to its request for the first event, in ms: ${rounds(ours, 0)}; ${verdict(Math.round(median(ours)), 100)}.`
  const empties = `- The same / that of an empty handler, which takes ${Math.round(median(emptys))} ms: ${rounds(ratios)}; ${verdictOf(median(ratios), 2.2)}.`
  return `${own}\n${empties}`
}

/** @returns one for each round: that of the file whose processor time is the median */
async function smallFile(bundleFile: string, input: string): Promise<Cost[]> {
  const warm = (await warmFunction(bundleFile, input, { memoryMB: MB_PER_CPU }))!
  const medians: Cost[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const costs: Cost[] = []
      for (let i = 0; i < SMALL_FILES; i++) costs.push(await warm.invoke())
      medians.push(costs.sort((a, b) => a.cpuMs - b.cpuMs)[SMALL_FILES >> 1]!)
    }
  } finally {
    await warm.end()
  }
  return medians
}

/** The function in turn with the command line. */
async function largeFile({ at }: BenchContext, bundleFile: string, input: string) {
  const warm = (await warmFunction(bundleFile, input, { memoryMB: MB_PER_CPU }))!
  const command = enrich(input, at('out.parquet'))
  const costs: Cost[] = []
  const commandMs: number[] = []
  run(command, 1)
  try {
    for (let round = 0; round < ROUNDS; round++) {
      costs.push(await warm.invoke())
      commandMs.push(run(command, 1).cpuMs)
    }
  } finally {
    await warm.end()
  }
  return { costs, commandMs }
}

function trafficRow({ say }: BenchContext, rows: number, input: string, cost: Cost): void {
  const { requests, bytesDown, bytesUp } = cost.traffic
  const asked = Object.entries(requests).map(([name, count]) => `${count} ${name}`)
  const { size } = statSync(input)
  say(
    `| ${grouped(rows)} rows | ${Math.round(cost.wallMs)} ms | ${cost.cpuMs.toFixed(0)} ms | ${cost.peakMemoryMiB} MiB | ${asked.join(', ')} | ${(bytesDown / size).toFixed(2)} of its size | ${(bytesUp / size).toFixed(2)} |`,
  )
}
