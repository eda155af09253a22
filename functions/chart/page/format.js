// Texts of times and numbers, in the spelling of ISO 8601 and in the zone of the file.

export const DAY_MS = 86_400_000
export const MINUTE_MS = 60_000

const SIDES = { '-1': 'down', 0: 'none', 1: 'up' }

export function sideText(side) {
  return SIDES[side] ?? 'none'
}

function isoParts(ms) {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return [String(ms), '']
  const [day, time] = date.toISOString().slice(0, -1).split('T')
  return [day, time]
}

/**
 * @param stepMs usual time between two bars
 * @param isDays whether a bar represents whole days, whatever the time of its first row
 */
export function timeText(ms, stepMs, isDays) {
  if (ms === undefined) return ''
  const [day, time] = isoParts(ms)
  if (isDays || time === '' || (stepMs >= DAY_MS && time === '00:00:00.000')) return day
  if (!time.endsWith('.000')) return `${day} ${time}`
  return `${day} ${stepMs >= MINUTE_MS && time.endsWith(':00.000') ? time.slice(0, 5) : time.slice(0, 8)}`
}

/** @param type what begins at the mark: 0 a year, 1 a month, 2 a day, 3 a minute, 4 a second */
export function tickText(ms, type) {
  const [day, time] = isoParts(ms)
  if (type === 0) return day.slice(0, -6)
  if (type === 1) return day.slice(0, -3)
  if (type === 2) return day.slice(-5)
  if (type === 3) return time.slice(0, 5)
  return time.endsWith('.000') ? time.slice(0, 8) : time
}

export function priceText(value, decimals) {
  return typeof value === 'number' ? value.toFixed(decimals) : ''
}

export function countText(value) {
  return typeof value === 'number' ? value.toLocaleString('en-US', { maximumFractionDigits: 8 }) : ''
}

/** @param share 0.01 is 1 % */
export function percentText(share) {
  if (typeof share !== 'number') return ''
  return `${share > 0 ? '+' : ''}${(100 * share).toFixed(2)} %`
}
