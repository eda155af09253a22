import assert from 'node:assert/strict'
import { it } from 'node:test'
import { verify } from '../../functions/audit/verify.ts'
import { barsFile, enrichBytes, memorySource, someBars } from '../parquet-files.ts'

it('verify reports the rows that it computes, then the columns that it reads again', async () => {
  const input = barsFile(someBars(500), { rowGroupSize: 200 })
  const { output } = await enrichBytes(input)
  const reports: (readonly [done: number, total: number, unit: string])[] = []
  const spool = () => assert.fail('the file is as it is written today')
  const onProgress = (...report: (typeof reports)[number]) => reports.push(report)
  const { holds } = await verify(memorySource(input), memorySource(output), 2 ** 30, spool, { onProgress })
  assert.ok(holds)
  const rows = reports.filter(([, , unit]) => unit === 'rows')
  assert.deepEqual(rows.at(-1), [500, 500, 'rows'])
  assert.deepEqual(
    reports.slice(rows.length),
    [0, 1, 2, 3, 4, 5].map((column) => [column, 6, 'columns']),
  )
})
