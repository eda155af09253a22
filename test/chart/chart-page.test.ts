import assert from 'node:assert/strict'
import { it } from 'node:test'
import { chartData } from '../../functions/chart/chart-data.ts'
import { chartPage } from '../../functions/chart/chart-page.ts'
import { barsFile, enrichBytes, memorySource, SETTINGS, someBars } from '../parquet-files.ts'

async function dataOf(bars: Parameters<typeof barsFile>[0]) {
  const { output } = await enrichBytes(barsFile(bars))
  return chartData(memorySource(output), SETTINGS, { title: 'bars', points: 1500 })
}

const pageOf = (data: Awaited<ReturnType<typeof dataOf>>) => chartPage(data, { library: '', script: '', style: '' })

it('a chart lists the warnings of the time when the file was enriched', async () => {
  const bars = someBars(60)
  const data = await dataOf([...bars.map((bar) => ({ ...bar, high: 1 })), { ...bars[3]!, close: 1 }])
  const list = /<ul class="warnings" aria-label="Warnings">(.*?)<\/ul>/.exec(pageOf(data))?.[1] ?? ''
  assert.match(list, /^<li>1 of 61 rows [^<]*--keep last[^<]*<\/li><li>the high is below the low [^<]*<\/li>$/)
  const { warnings } = await dataOf(bars)
  assert.deepEqual(warnings, [])
  assert.doesNotMatch(pageOf({ ...data, warnings }), /Warnings/)
  assert.match(pageOf({ ...data, warnings: ['<b>&'] }), /<li>&lt;b&gt;&amp;<\/li>/)
})
