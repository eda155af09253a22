/** Proposes formats for times in text whose form is not known, so that a user can copy one. */

const CLOCK_AT_END =
  /(?<hour>\d{1,2}):\d\d(?<second>:\d\d(?:(?<mark>[.,])\d{1,9})?)?(?:(?<gap> ?)(?<half>[ap]m))?(?:(?<offset> ?(?:Z|[+-]\d\d:?\d\d))|(?<zone> [A-Za-z_]+(?:\/[A-Za-z_]+)*))?$/i
const NUMERIC_DAY =
  /^(?<first>\d{4}|\d{1,2})(?<mark>[./-])(?<second>\d{1,2})\k<mark>(?<third>\d{4}|\d{1,2})(?<tail>\D*)$/
const MONTH_NAMES = 'January February March April May June July August September October November December'.split(' ')
const WEEKDAY_NAMES = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ')

/**
 * @returns formats that read the text, in which the month comes first before one in which the day does; none for a text of
 * another form
 */
export function proposedFormats(text: string): readonly string[] {
  const trimmed = text.trim()
  const clock = CLOCK_AT_END.exec(trimmed)
  const day = clock ? trimmed.slice(0, clock.index) : trimmed
  const days = numericDays(day) ?? [namedDay(day)].filter((format) => format !== undefined)
  return days.map((format) => format + (clock ? clockFormat(clock.groups!) : ''))
}

function clockFormat({ second, mark, gap, half, offset, zone }: Record<string, string | undefined>): string {
  const fraction = mark === undefined ? '' : `${mark}%f`
  const end = offset === undefined ? zone && ' %Z' : `${offset.startsWith(' ') ? ' ' : ''}%z`
  return `${half ? '%I' : '%H'}:%M${second ? `:%S${fraction}` : ''}${half ? `${gap}%p` : ''}${end ?? ''}`
}

function numericDays(day: string): string[] | undefined {
  const parts = NUMERIC_DAY.exec(day)?.groups
  if (!parts) return undefined
  const { first = '', second = '', third = '', mark = '', tail = '' } = parts
  const format = (...letters: readonly string[]) => letters.map((letter) => `%${letter}`).join(mark) + tail
  if (first.length === 4) return [Number(second) <= 12 ? format('Y', 'm', 'd') : format('Y', 'd', 'm')]
  const year = third.length === 4 ? 'Y' : 'y'
  const isMonthFirst = Number(first) <= 12 && mark !== '.'
  const isDayFirst = Number(second) <= 12
  return [...(isMonthFirst ? [format('m', 'd', year)] : []), ...(isDayFirst ? [format('d', 'm', year)] : [])]
}

/** A day with the name of its month. */
function namedDay(day: string): string | undefined {
  const words = day.match(/[A-Za-z]+/g) ?? []
  const numbers = day.match(/\d+/g) ?? []
  const letters = [...words.map(nameDirective), ...numbers.map((number, i) => numberDirective(number, i))]
  const isDay = ['b', 'd', 'y'].every((each) => letters.filter((letter) => letter?.toLowerCase() === each).length === 1)
  if (!isDay || letters.includes(undefined)) return undefined
  let number = 0
  return day.replace(/[A-Za-z]+|\d+/g, (part) => {
    const letter = /\d/.test(part) ? numberDirective(part, number++) : nameDirective(part)
    return `%${letter}`
  })
}

function nameDirective(word: string): string | undefined {
  for (const [names, short, long] of [
    [MONTH_NAMES, 'b', 'B'],
    [WEEKDAY_NAMES, 'a', 'A'],
  ] as const) {
    for (const name of names) {
      if (word.toLowerCase() === name.slice(0, 3).toLowerCase()) return short
      if (word.toLowerCase() === name.toLowerCase()) return long
    }
  }
  return undefined
}

/** @param place among the numbers, of which the day is mostly the first */
function numberDirective(digits: string, place: number): string | undefined {
  if (digits.length === 4) return 'Y'
  if (digits.length > 2) return undefined
  return place === 0 ? 'd' : 'y'
}
