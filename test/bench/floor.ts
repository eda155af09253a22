/**
 * Measures the lower bound of this design: `node floor.ts INPUT` only decodes the four columns needed and encodes four new
 * ones; it then enriches the file without copying its body. Both run equally often, in one process.
 */

import { enrich } from '../../functions/enrich/enrich.ts'
import { SupertrendColumns } from '../../functions/enrich/supertrend-columns.ts'
import { leavesOf, readFooter } from '../../functions/parquet/format/footer.ts'
import { readColumn } from '../../functions/parquet/read/column-reader.ts'
import { NEW_PAGE_ROWS } from '../../functions/parquet/write/data-page.ts'
import { NEW_COLUMNS } from '../../functions/shared/names.ts'
import { openLocalFile } from '../../functions/storage/local-file.ts'
import { SETTINGS } from '../parquet-files.ts'
import { median } from './measure.ts'

const ROUNDS = 5
const source = await openLocalFile(process.argv[2]!)
const footer = await readFooter(source, SETTINGS.memoryBudgetBytes)

async function floor(): Promise<void> {
  for (const leaf of leavesOf(footer).filter((leaf) =>
    ['datetime', 'high', 'low', 'close'].includes(leaf.nodes[0]!.name),
  )) {
    for await (const _ of readColumn(source, footer, leaf, () => {}));
  }
  const writer = new SupertrendColumns([NEW_COLUMNS], 'SNAPPY', NEW_PAGE_ROWS)
  const results = {
    line: Float32Array.from({ length: NEW_PAGE_ROWS }, (_, i) => 100 + Math.floor(i / 9) / 100),
    orientation: new Int8Array(NEW_PAGE_ROWS).map((_, i) => (i % 200 < 100 ? -1 : 1)),
    segment: Int32Array.from({ length: NEW_PAGE_ROWS }, (_, i) => Math.floor(i / 100)),
  }
  for (const rows of footer.groupRows) {
    for (let from = 0; from < rows; from += NEW_PAGE_ROWS)
      writer.write([results], 0, Math.min(NEW_PAGE_ROWS, rows - from))
    writer.endRowGroup()
  }
  writer.close()
}

async function all(): Promise<void> {
  const enriched = await enrich(source, SETTINGS)
  for await (const _ of enriched.bytes());
  enriched.close()
}

async function timed(run: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await run()
  return performance.now() - started
}

await floor()
await all()
const ratios: number[] = []
const [floors, alls]: [number[], number[]] = [[], []]
for (let round = 0; round < ROUNDS; round++) {
  floors.push(await timed(floor))
  alls.push(await timed(all))
  ratios.push(alls.at(-1)! / floors.at(-1)!)
}
console.log(JSON.stringify({ floorMs: median(floors), allMs: median(alls), ratios }))
await source.close()
