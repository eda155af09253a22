import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { timeParser } from '../../functions/enrich/time-format.ts'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { duckDbRun, enrichBytes, runCli, temporaryFolder } from '../parquet-files.ts'

async function parsed(format: string, text: string): Promise<string> {
  const time = (await timeParser(format))(text)
  if (typeof time === 'string') return time
  const fraction = String(time.nanos).padStart(9, '0')
  return `${new Date(time.seconds * 1000).toISOString().slice(0, 19)}.${fraction}`.replace(/\.0{9}$/, '')
}

describe('a stated notation of times', () => {
  for (const [format, text, iso] of [
    ['%m/%d/%y', '6/3/18', '2018-06-03T00:00:00'],
    ['%m/%d/%y', '06/03/18', '2018-06-03T00:00:00'],
    ['%d/%m/%Y %H:%M', '03/06/2018 9:05', '2018-06-03T09:05:00'],
    ['%d.%m.%Y %H:%M:%S', '29.02.2024 23:59:59', '2024-02-29T23:59:59'],
    ['%Y-%m-%d %H:%M:%S.%f', '2024-01-02 09:30:00.5', '2024-01-02T09:30:00.500000000'],
    ['%Y-%m-%d %H:%M:%S.%f', '2024-01-02 09:30:00.123456789', '2024-01-02T09:30:00.123456789'],
    ['%Y%m%d%H%M%S%f', '20240102093000123', '2024-01-02T09:30:00.123000000'],
    ['%d-%b-%Y %I:%M %p', '3-jan-2024 12:05 am', '2024-01-03T00:05:00'],
    ['%d-%b-%Y %I:%M %p', '03-JAN-2024 01:05 PM', '2024-01-03T13:05:00'],
    ['%d%b%Y:%H:%M:%S', '03JAN2024:09:30:00', '2024-01-03T09:30:00'],
    ['%A, %B %d, %Y', 'Wednesday, January 3, 2024', '2024-01-03T00:00:00'],
    ['%y%m%d', '240103', '2024-01-03T00:00:00'],
    ['%Y %j', '2024 60', '2024-02-29T00:00:00'],
    ['%s', '1704153600', '2024-01-02T00:00:00'],
    ['%Q', '1704153600123', '2024-01-02T00:00:00.123000000'],
    ['%d/%m/%y %%%I%p', '02/01/24  %9PM', '2024-01-02T21:00:00'],
    ['%d/%m/%y', ' 2/01/24 ', '2024-01-02T00:00:00'],
    // an offset, and names of zones
    ['%d.%m.%Y %H:%M:%S.%f GMT%z', '02.01.2024 00:00:00.000 GMT-0500', '2024-01-02T05:00:00'],
    ['%Y-%m-%dT%H:%M:%S%z', '2024-01-02T00:00:00+05:30', '2024-01-01T18:30:00'],
    ['%Y-%m-%dT%H:%M:%S%z', '2024-01-02T00:00:00Z', '2024-01-02T00:00:00'],
    ['%Y%m%d %H:%M:%S %Z', '20240102 09:30:00 US/Eastern', '2024-01-02T14:30:00'],
    ['%Y%m%d %H:%M:%S %Z', '20240702  09:30:00 America/New_York', '2024-07-02T13:30:00'],
    ['%Y%m%d %H:%M:%S %Z', '20240702 09:30:00 Asia/Kolkata', '2024-07-02T04:00:00'],
    ['%Y%m%d %H:%M:%S %Z', '20240702 09:30:00 UTC', '2024-07-02T09:30:00'],
    // around the ends of daylight saving time; of the hour that comes twice the first is meant
    ['%Y-%m-%d %H:%M %Z', '2024-11-03 00:59 America/New_York', '2024-11-03T04:59:00'],
    ['%Y-%m-%d %H:%M %Z', '2024-11-03 01:00 America/New_York', '2024-11-03T05:00:00'],
    ['%Y-%m-%d %H:%M %Z', '2024-11-03 02:00 America/New_York', '2024-11-03T07:00:00'],
    ['%Y-%m-%d %H:%M %Z', '2024-03-10 01:59 America/New_York', '2024-03-10T06:59:00'],
    ['%Y-%m-%d %H:%M %Z', '2024-03-10 03:00 America/New_York', '2024-03-10T07:00:00'],
    ['%Y-%m-%d %H:%M %Z', '2024-04-07 02:30 Australia/Sydney', '2024-04-06T15:30:00'],
  ] as const) {
    it(`${format} reads ${text}`, async () => assert.equal(await parsed(format, text), iso))
  }

  for (const [format, text, why] of [
    ['%m/%d/%y', '13/3/18', /is not written as --time-format .*"%m\/%d\/%y"/],
    ['%m/%d/%y', '2/30/24', /is not written as/],
    ['%m/%d/%y', '2/3/24 9:30', /is not written as/],
    ['%Y-%m-%d', '2023-02-29', /is not written as/],
    ['%Y-%m-%d %H:%M', '2024-01-02 24:00', /is not written as/],
    ['%Y-%m-%d %H:%M', '2024-01-02 23:60', /is not written as/],
    ['%a %d %b %Y', 'Mon 03 Jan 2024', /is not written as/],
    ['%d %b %Y', '3 Mai 2024', /is not written as/],
    ['%Y-%m-%d %H:%M:%S.%f', '2024-01-02 09:30:00.1234567890', /is not written as/],
    ['%Y-%m-%d', '', /is not written as/],
    ['%Y%m%d', '2024112', /is not written as/],
    ['%Y-%m-%d%z', '2024-01-02', /is not written as/],
    ['%Y-%m-%d %H:%M %Z', '2024-03-10 02:30 America/New_York', /a time that clocks in "America\/New_York" skip/],
    ['%Y-%m-%d %H:%M %Z', '2024-01-02 02:30 EST', /zone "EST" is not known; allowed are offsets/],
    ['%Y-%m-%d %H:%M %Z', '2024-01-02 02:30 Mars/Olympus', /zone "Mars\/Olympus" is not known/],
  ] as const) {
    it(`${format} does not read ${JSON.stringify(text)}`, async () => assert.match(await parsed(format, text), why))
  }

  it('is refused when it is none, with the values that are allowed', async () => {
    for (const [format, problem] of [
      ['%Y-%m-%k', /"%k" is no directive; allowed are %a %A/],
      ['%Y-%m-%', /"%" is no directive/],
      ['%H:%M', /it has no year/],
      ['YYYY-MM-DD', /it has no year/],
    ] as const) {
      await assert.rejects(timeParser(format), { code: 'settings', message: problem })
      assert.throws(() => parseSettings({ timeFormat: format }, 512), { code: 'settings', message: problem })
    }
    assert.equal(parseSettings({ timeFormat: '%d.%m.%Y' }, 512).enrich.timeFormat, '%d.%m.%Y')
  })
})

describe('--time-format', () => {
  const scratch = temporaryFolder()
  const at = (name: string) => path.join(scratch, name)
  const write = (name: string, times: string) =>
    duckDbRun(`COPY (SELECT ${times}, 10.0 AS open, 12.0 AS high, 9.0 AS low, 11.0 + i % 2 AS close
      FROM range(600) t(i)) TO '${at(name)}' (FORMAT parquet)`)
  const minute = `TIMESTAMP '2024-01-02 20:00:00' + INTERVAL (i) MINUTE`

  it('is the notation of a text column, and the enriched file says it', async () => {
    await write('dmy.parquet', `strftime(${minute}, '%d/%m/%Y %H:%M') AS datetime`)
    const refused = await runCli(at('dmy.parquet'), at('out.parquet'))
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /"02\/01\/2024 20:00" in row 0 .*, then "02\/01\/2024 20:01": .*--time-format/)
    assert.match(refused.stderr, /"%m\/%d\/%Y %H:%M" if the month is first, "%d\/%m\/%Y %H:%M" if the day is/)
    const { code, stdout } = await runCli(
      at('dmy.parquet'),
      at('out.parquet'),
      '--time-format',
      '%d/%m/%Y %H:%M',
      '--json',
    )
    assert.equal(code, 0)
    const { firstTime, lastTime, gaps, stepSeconds } = JSON.parse(stdout)
    assert.deepEqual([firstTime, lastTime, gaps, stepSeconds], ['2024-01-02T20:00:00', '2024-01-03T05:59:00', 0, 60])
    const wrong = await runCli(at('dmy.parquet'), at('out.parquet'), '--time-format', '%m/%d/%Y')
    assert.match(wrong.stderr, /"02\/01\/2024 20:00" in row 0 .*not written as --time-format .*"%m\/%d\/%Y"/)
  })

  it('is that of the digits of an integer column, which are refused where they are written otherwise', async () => {
    const days = (type: string, format: string) =>
      write('days.parquet', `strftime(DATE '2024-01-02' + i::INTEGER, '${format}')::${type} AS datetime`)
    const quality = async (timeFormat: string) =>
      (await enrichBytes(new Uint8Array(readFileSync(at('days.parquet'))), { timeFormat })).quality
    for (const [type, format] of [
      ['INTEGER', '%Y%m%d'],
      ['BIGINT', '%Y%m%d'],
      ['DOUBLE', '%Y%m%d'],
      // without its zero in front
      ['INTEGER', '%d%m%Y'],
      ['BIGINT', '%y%m%d'],
    ] as const) {
      await days(type, format)
      const { firstTime, lastTime, stepSeconds } = await quality(format)
      assert.deepEqual(
        [firstTime, lastTime, stepSeconds],
        ['2024-01-02T00:00:00', '2025-08-23T00:00:00', 86_400],
        `${type} ${format}`,
      )
    }
    await days('INTEGER', '%Y%m%d')
    await assert.rejects(quality('%d.%m.%Y'), {
      code: 'time',
      message: /holds 20240102 in row 0 .*not written as --time-format .*"%d\.%m\.%Y"; leave it out for integers/,
    })
    await write('two.parquet', `strftime(${minute}, '%y%m%d')::BIGINT AS d, strftime(${minute}, '%H%M')::BIGINT AS t`)
    for (const time of [
      ['d', 't'],
      ['t', 'd'],
    ]) {
      const bytes = new Uint8Array(readFileSync(at('two.parquet')))
      const { quality } = await enrichBytes(bytes, { columns: { time }, timeFormat: '%y%m%d' })
      assert.deepEqual([quality.lastTime, quality.duplicatesDropped], ['2024-01-03T05:59:00', 0])
    }
  })

  it('is that of the day beside a time of day, and none of timestamps', async () => {
    await write('two.parquet', `strftime(${minute}, '%d/%m/%Y') AS date, strftime(${minute}, '%H:%M') AS minute`)
    const bytes = new Uint8Array(readFileSync(at('two.parquet')))
    const timeFormat = '%d/%m/%Y'
    for (const time of [
      ['date', 'minute'],
      ['minute', 'date'],
    ]) {
      const { quality } = await enrichBytes(bytes, { columns: { time }, timeFormat })
      assert.deepEqual([quality.lastTime, quality.duplicatesDropped], ['2024-01-03T05:59:00', 0])
    }
    await write('timestamp.parquet', `${minute} AS datetime`)
    const { quality } = await enrichBytes(new Uint8Array(readFileSync(at('timestamp.parquet'))), { timeFormat })
    assert.equal(quality.firstTime, '2024-01-02T20:00:00')
  })
})
