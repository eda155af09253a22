/**
 * Parses times in a strptime format with d3-time-format, which is loaded when it is needed. It knows no names of zones, has
 * milliseconds only and accepts February 30 as March 1. So zones and fractions are cut out and parsed here, and the parsed
 * time must give the same text when it is formatted.
 */
import { type ParseTime, TIME_FORMAT_OPTION } from '../market/times/time-text.ts'
import { quoted, RefusedError } from '../shared/errors.ts'
import { zoneOffset } from './zone-offset.ts'

/** The directives of d3-time-format, with `z` as in strptime. */
const DIRECTIVES = 'aAbBcdefgGHIjLmMpqQsSuUVwWxXyYzZ%'
/** Directives that contain a year; a format needs one of them. */
const YEARS = /%[-_0]?[cgGQsxyY]/
const DIRECTIVE = /%[-_0]?(.?)/g

/** @returns the problem of a format, or undefined */
export function timeFormatProblem(format: string): string | undefined {
  for (const [directive, letter] of format.matchAll(DIRECTIVE)) {
    if (letter === '' || !DIRECTIVES.includes(letter!)) {
      return `${quoted(directive)} is no directive; allowed are %${[...DIRECTIVES].join(' %')}`
    }
  }
  return YEARS.test(format) ? undefined : 'it has no year; allowed is, for example, "%d.%m.%Y %H:%M"'
}

/** Directives that are parsed here rather than by d3-time-format. */
const OWN: Readonly<Record<string, string>> = { f: '(\\d{1,9})', L: '(\\d{1,9})', z: '(\\S+?)', Z: '(\\S+?)' }
/** The text that a directive matches; those that are not listed match two digits. */
const TAKEN: Readonly<Record<string, string>> = {
  ...{ a: '[A-Za-z]+', A: '[A-Za-z]+', b: '[A-Za-z]+', B: '[A-Za-z]+', p: '[A-Za-z]+' },
  ...{ c: '.+?', x: '.+?', X: '.+?', '%': '%', Y: '\\d{4}', G: '\\d{4}', j: '\\d{1,3}', s: '-?\\d+', Q: '-?\\d+' },
}

/** @throws RefusedError `settings` when the format is wrong */
export async function timeParser(format: string): Promise<ParseTime> {
  const problem = timeFormatProblem(format)
  if (problem !== undefined) {
    throw new RefusedError('settings', `${TIME_FORMAT_OPTION} is ${quoted(format)}: ${problem}`)
  }
  const { utcParse, utcFormat } = await import('d3-time-format')
  const { pattern, own, rest } = split(withSingleBlanks(format))
  const [parse, print] = [utcParse(rest), utcFormat(rest)]
  const advice = `which is not written as ${TIME_FORMAT_OPTION} says, ${quoted(format)}`
  return (text) => {
    let [others, fraction, zone] = [withSingleBlanks(text), '', 'UTC']
    if (own.length > 0) {
      const parts = pattern.exec(others)
      if (!parts) return advice
      others = ''
      for (let i = 1; i < parts.length; i++) {
        if (own[i - 1] === undefined) others += parts[i]
        else if (own[i - 1] === 'fraction') fraction = parts[i]!
        else zone = parts[i]!
      }
    }
    const ms = parse(others)?.getTime() ?? Number.NaN
    if (Number.isNaN(ms) || !isSame(print(new Date(ms)), others)) return advice
    const local = Math.floor(ms / 1000)
    const offset = zoneOffset(zone, local)
    if (typeof offset === 'string') return offset
    return { seconds: local - offset, nanos: (ms - local * 1000) * 1e6 + Number(fraction.padEnd(9, '0')) }
  }
}

function withSingleBlanks(text: string): string {
  const trimmed = text.trim()
  return /\s\s|[^\S ]/.test(trimmed) ? trimmed.replace(/\s+/g, ' ') : trimmed
}

/** A pattern whose groups are parsed here (`own` names their meaning) or belong to the rest, whose format is `rest`. */
function split(format: string) {
  const own: ('fraction' | 'zone' | undefined)[] = []
  let [pattern, rest] = ['(', '']
  for (const [token, directive] of format.matchAll(/%[-_0]?(.)|[^%]/g)) {
    const taken = directive === undefined ? undefined : OWN[directive]
    if (taken !== undefined) {
      own.push(undefined, directive === 'f' || directive === 'L' ? 'fraction' : 'zone')
      pattern += `)${taken}(`
    } else {
      const literal = () => token.replace(/[.*+?^${}()|[\]\\]/, '\\$&')
      pattern += directive === undefined ? literal() : (TAKEN[directive] ?? '\\s?\\d{1,2}')
      rest += token
    }
  }
  return { pattern: new RegExp(`^${pattern})$`), own, rest }
}

/** Ignores case, and zeros and spaces before numbers, which may be written in two ways. */
function isSame(a: string, b: string): boolean {
  return a === b || comparable(a) === comparable(b)
}

function comparable(text: string): string {
  return text.toLowerCase().replace(/\b0+(?=\d)|\s+/g, '')
}
