/** The decimals of an instrument's prices: 100.10000000000001 is 100.10 where the others have two. */

const MAX_DECIMALS = 8
/** Prices that are looked at. */
const MAX_PRICES = 2000
/** A few prices with more decimals, such as adjusted or averaged ones, are rounded when shown. */
const ROUNDED_SHARE = 0.02
/** Digits that say enough about prices that no decimals describe, such as adjusted ones. */
const SIGNIFICANT_DIGITS = 6

/** @param prices in any order; those that are not finite do not count */
export function priceDecimals(prices: readonly number[]): number {
  const step = Math.max(1, Math.floor(prices.length / MAX_PRICES))
  const some = prices.filter((price, i) => i % step === 0 && Number.isFinite(price))
  const decimals = some.map(decimalsOf).sort((a, b) => a - b)
  const usual = decimals[Math.ceil((1 - ROUNDED_SHARE) * decimals.length) - 1] ?? 2
  if (usual < MAX_DECIMALS) return usual
  const largest = Math.max(...some.map(Math.abs))
  const whole = largest > 0 ? Math.floor(Math.log10(largest)) + 1 : 1
  return Math.max(0, Math.min(MAX_DECIMALS, SIGNIFICANT_DIGITS - whole))
}

function decimalsOf(price: number): number {
  for (let decimals = 0; decimals < MAX_DECIMALS; decimals++) {
    if (isSamePrice(price, Number(price.toFixed(decimals)))) return decimals
  }
  return MAX_DECIMALS
}

/** Whether a price is a rounded one but for its type: sums of doubles, a float, or the six decimals of a float as text. */
function isSamePrice(price: number, rounded: number): boolean {
  if (Math.abs(price - rounded) <= 1e-12 * Math.abs(price)) return true
  const float = Math.fround(rounded)
  return price === float || price === Number(float.toFixed(6))
}
