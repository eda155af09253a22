/** The flips of a series as CSV, oldest first, with the same columns as the page writes. */
import type { Flips } from './flip-list.ts'

const HEADER = 'time,side,price,bars,return'

export function flipsCsv({ times, sides, prices, bars, returns }: Flips): string {
  const rows = times.map((time, i) => {
    const text = new Date(time).toISOString().replace(/(?:\.000)?Z$/, '')
    return [text, sides[i]! > 0 ? 'up' : 'down', prices[i], bars[i], returns[i]].join(',')
  })
  return `${[HEADER, ...rows].join('\n')}\n`
}
