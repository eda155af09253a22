// The values of one bar as texts, for the fields above the chart.
import { countText, priceText, sideText } from './format.js'

export function barValues({ level, trend, decimals }, bar, time) {
  const price = (values) => priceText(values[bar], decimals)
  return {
    time,
    open: price(level.open),
    high: price(level.high),
    low: price(level.low),
    close: price(level.close),
    volume: countText(level.volume?.[bar]),
    line: price(trend.line),
    side: sideText(trend.side[bar]),
    segment: countText(trend.segment[bar]),
    note: noteOf(level, trend, bar),
  }
}

function noteOf({ gaps, duplicates, frameMs }, { flips }, bar) {
  const of = (counts) => counts.find(([at]) => at === bar)?.[1] ?? 0
  const [missing, removed, turns] = [gaps, duplicates, flips].map(of)
  if (frameMs === 0) {
    return [
      missing > 0 && 'bars are missing before it',
      removed > 0 && 'duplicates were removed',
      turns > 0 && 'the trend turned',
    ]
      .filter(Boolean)
      .join(', ')
  }
  const counted = (count, one, many) => count > 0 && `${countText(count)} ${count === 1 ? one : many}`
  return [
    counted(missing, 'gap', 'gaps'),
    counted(removed, 'row with removed duplicates', 'rows with removed duplicates'),
    counted(turns, 'flip', 'flips'),
  ]
    .filter(Boolean)
    .join(', ')
}
