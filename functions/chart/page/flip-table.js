// The table of flips, and the same as CSV.
import { countText, percentText, priceText, sideText, timeText } from './format.js'

const HEADER = ['time', 'side', 'price', 'bars', 'return']

/** Newest first. */
export function fillFlips(body, flips, { decimals, stepMs, onChoose }) {
  body.replaceChildren(
    ...flips.times
      .map((time, i) => {
        const row = document.createElement('tr')
        const choose = document.createElement('button')
        choose.type = 'button'
        choose.textContent = timeText(time, stepMs, false)
        choose.addEventListener('click', () => onChoose(time))
        row.insertCell().append(choose)
        const side = row.insertCell()
        side.textContent = sideText(flips.sides[i])
        side.className = sideText(flips.sides[i])
        for (const text of [
          priceText(flips.prices[i], decimals),
          countText(flips.bars[i]),
          percentText(flips.returns[i]),
        ]) {
          row.insertCell().textContent = text
        }
        return row
      })
      .reverse(),
  )
}

export function flipsNote({ count, times }) {
  if (count === 0) return 'There is no flip.'
  return times.length < count ? `The newest ${countText(times.length)} of ${countText(count)}.` : ''
}

/** Oldest first, numbers as in the file. */
export function flipsCsv(flips) {
  const rows = flips.times.map((time, i) =>
    [
      new Date(time).toISOString().replace(/(?:\.000)?Z$/, ''),
      sideText(flips.sides[i]),
      flips.prices[i] ?? '',
      flips.bars[i],
      flips.returns[i] ?? '',
    ].join(','),
  )
  return `${[HEADER.join(','), ...rows].join('\n')}\n`
}
