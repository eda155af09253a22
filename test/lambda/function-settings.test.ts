import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as z from 'zod'
import { parseEnvironment } from '../../functions/lambda/function-environment.ts'
import { enrichSettingsOf, parseSettings } from '../../functions/lambda/function-settings.ts'
import { settingsDigest } from '../../functions/lambda/identity.ts'
import type { settingsSchema } from '../../functions/lambda/settings-schema.ts'
import type { SettingsInput } from '../../functions/lambda/settings-types.ts'

const MIB = 2 ** 20
const queues = {
  ARRIVALS_QUEUE_URL: 'https://sqs.example.com/1/arrivals',
  REPAIRS_QUEUE_URL: 'https://sqs.example.com/1/repairs',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.example.com/1/dead-letters',
}

/** The message of the refusal. */
function refusal(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'RefusedError')
    return error.message
  }
  assert.fail('the settings are accepted')
}

type Writable<T> = T extends readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]: Writable<T[K]> }
    : T
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Schema = z.input<typeof settingsSchema>

// the schema itself would bring the types of zod into the package
const sameNames: Same<keyof SettingsInput, keyof Schema> = true
// in the schema, settings below a prefix are parsed together with the others
const sameTypes: Same<Writable<Omit<SettingsInput, 'perPrefix'>>, Writable<Omit<Schema, 'perPrefix'>>> = true

describe('the type of the settings', () => {
  it('has the types of the schema', () => assert.ok(sameNames && sameTypes))
})

describe('the settings of the function', () => {
  it('have defaults', () => {
    const { inputPrefix, outputPrefix, failurePrefix, eventBus, enrich } = parseSettings({}, 512)
    assert.deepEqual([inputPrefix, outputPrefix, failurePrefix], ['incoming/', 'enriched/', 'failed/'])
    assert.equal(eventBus, undefined)
    assert.deepEqual(enrich.supertrends, [{ definition: 'stockstats', period: 14, multiplier: 3 }])
    assert.equal(enrich.codec, 'auto')
    assert.deepEqual([enrich.keep, enrich.columns], ['first', {}])
  })

  it('leave rows the memory that the process itself does not need, or the given one', () => {
    assert.equal(parseSettings({}, 1024).enrich.memoryBudgetBytes, 824 * MIB)
    assert.equal(parseSettings({}, 128).enrich.memoryBudgetBytes, 64 * MIB)
    assert.equal(parseSettings({ memoryBudgetMiB: 7 }, 1024).enrich.memoryBudgetBytes, 7 * MIB)
  })

  it('have the share of the files whose new columns are read back', () => {
    const share = (readBack: 'off' | 'on' | number) => parseSettings({ readBack }, 512).enrich.readBack
    assert.deepEqual([share('off'), share('on'), share(0), share(0.25), share(1)], [0, 1, 0, 0.25, 1])
  })

  it('have a notation of the times', () => {
    assert.equal(parseSettings({ timeFormat: '%d.%m.%Y' }, 512).enrich.timeFormat, '%d.%m.%Y')
  })

  it('select the new columns, and are those of before by default', () => {
    const chosen = parseSettings({ newColumns: ['flip', 'ub'], columnPrefix: 'd_', double: true }, 512).enrich
    assert.deepEqual([chosen.newColumns, chosen.columnPrefix, chosen.double], [['ub', 'flip'], 'd_', true])
    const named = parseSettings(
      { newColumns: ['lb', 'ub', 'segment', 'orientation'], columnPrefix: '', double: false },
      512,
    )
    assert.equal(settingsDigest(named.enrich), settingsDigest(parseSettings({}, 512).enrich))
    assert.notEqual(settingsDigest(chosen), settingsDigest(named.enrich))
    assert.match(
      refusal(() => parseSettings({ newColumns: ['ub', 'ub'] }, 512)),
      /newColumns is "ub,ub"; allowed are one or more of ub,lb,orientation,segment,atr,flip, each once/,
    )
    const perPrefix = [{ prefix: 'incoming/a/', settings: { newColumns: ['ub' as const] } }]
    assert.match(
      refusal(() => parseSettings({ chartPrefix: 'charts/', perPrefix }, 512)),
      /newColumns lacks a column that the pages below chartPrefix draw; allowed with it are ub,lb,orientation,segment/,
    )
  })

  it('refuse a name that is misspelt, with those that are allowed', () => {
    assert.match(
      refusal(() => parseSettings({ kep: 'last' }, 512)),
      /unknown: kep; allowed are inputPrefix, .*keep/,
    )
    const inner = refusal(() => parseSettings({ supertrends: [{ perido: 3 }] }, 512))
    assert.match(inner, /supertrends: 0: unknown: perido; allowed are definition, period, multiplier/)
    assert.match(
      refusal(() => parseSettings({ columns: { closing: 'x' } }, 512)),
      /allowed are time, symbol, open/,
    )
  })

  for (const [input, problem] of [
    [{ supertrends: [{ period: 0 }] }, /supertrends: 0: period: .*>=1/],
    [{ supertrends: [{ period: 1.5 }] }, /supertrends: 0: period: .*int/],
    [{ supertrends: [{ multiplier: 0 }] }, /supertrends: 0: multiplier: .*>0/],
    [{ supertrends: [{ definition: 'talib' }] }, /supertrends: 0: definition: .*"stockstats"\|"tradingview"/],
    [{ supertrends: [] }, /supertrends: .*>=1/],
    [{ supertrends: [{}, {}] }, /two Supertrends would both be called 14_3/],
    [{ codec: 'LZO' }, /codec: .*"SNAPPY"/],
    [{ keep: 'none' }, /keep: .*"first"\|"last"/],
    [{ columns: { time: '' } }, /columns: time: /],
    [{ timeFormat: '%d.%m.' }, /timeFormat: it has no year; allowed is, for example, /],
    [{ timeFormat: '%Y-%N' }, /timeFormat: "%N" is no directive; allowed are /],
    [{ inputPrefix: '/incoming/' }, /inputPrefix: allowed is a prefix that ends with/],
    [{ outputPrefix: 'enriched' }, /outputPrefix: allowed is a prefix that ends with/],
    [{ outputPrefix: 'incoming/enriched/' }, /outputPrefix is "incoming\/enriched\/" and inputPrefix "incoming\/"/],
    [{ outputPrefix: 'failed/' }, /allowed are prefixes of which none begins with another/],
    [{ failurePrefix: 'incoming/' }, /allowed are prefixes of which none begins with another/],
    [{ inputPrefix: 'in*/' }, /inputPrefix: allowed is a prefix without \*/],
    [{ failurePrefix: 'a$b/' }, /failurePrefix: allowed is a prefix without \*/],
    [{ chartPrefix: `${'ö'.repeat(101)}/` }, /chartPrefix: allowed are at most 200 bytes/],
    [{ outputPrefix: 'canary/enriched/' }, /allowed are prefixes that do not begin with "canary\/"/],
    [{ outputPrefix: 'backfill-results/x/' }, /allowed are prefixes that do not begin with "backfill-results\/"/],
    [{ perPrefix: [{ prefix: 'other/', settings: {} }] }, /perPrefix: 0: prefix: "other\/"; allowed are/],
    [
      { perPrefix: [{ prefix: 'incoming/a/', settings: { kep: 'last' } }] },
      /settings of perPrefix "incoming\/a\/".*kep/,
    ],
    [{ carry: { within: 'incoming' } }, /carry: within: allowed is a pattern of folders that ends with/],
    [
      { carry: { within: 'bars/*/' } },
      /carry: within: "bars\/\*\/"; allowed is a pattern that begins with the inputPrefix/,
    ],
    ...['?', '{a,b}', 'a[12]', '**', 'a**', '', 'a//b'].map(
      (folders) =>
        [
          { carry: { within: `incoming/${folders}/` } },
          /carry: within: "incoming\/.*\/"; allowed after the inputPrefix are names, in which a star/,
        ] as const,
    ),
    [
      {
        carry: { within: 'incoming/*/' },
        perPrefix: [{ prefix: 'incoming/a/2/', settings: { supertrends: [{ period: 5 }] } }],
      },
      /perPrefix "incoming\/a\/2\/" has other supertrends than the rest of its sequence, "incoming\/a\/", .* allowed for it is "incoming\/a\/"/,
    ],
    [
      {
        carry: { within: 'incoming/*/' },
        perPrefix: [
          { prefix: 'incoming/a/', settings: { zeroPrices: 'value' } },
          { prefix: 'incoming/a/b/c/', settings: {} },
        ],
      },
      /perPrefix "incoming\/a\/b\/c\/" has other zeroPrices than/,
    ],
    [{ carry: { within: 'incoming/', forgetAfter: 0 } }, /carry: forgetAfter: .*>=1/],
    [{ carry: { within: 'incoming/', lookBack: 0 } }, /carry: lookBack: .*>=1/],
    [{ carry: { within: 'incoming/', lookBack: 367 } }, /carry: lookBack: .*<=366/],
    [{ carry: { within: 'incoming/' }, keep: 'last' }, /with carry, keep is "last"; allowed is "first"/],
    [
      { carry: { within: 'incoming/' }, perPrefix: [{ prefix: 'incoming/a/', settings: { keep: 'last' } }] },
      /with carry, keep is "last"/,
    ],
    [{ suffixes: ['parquet'] }, /suffixes: 0: allowed is an ending that begins with/],
    [[], /expected object/],
  ] as const) {
    it(`refuse ${JSON.stringify(input)}`, () => {
      assert.match(
        refusal(() => parseSettings(input, 512)),
        problem,
      )
    })
  }
})

describe('settings of files that continue each other', () => {
  const carry = { within: 'incoming/*/' }

  it('may differ by sequence, and inside of one where they change no values', () => {
    const other = { supertrends: [{ period: 5 }] }
    const perPrefix = [
      { prefix: 'incoming/a/', settings: other },
      { prefix: 'incoming/a/2/', settings: { ...other, conflictLimit: 0.5, columnPrefix: 'x_' } },
      { prefix: 'incoming/a/2/3/', settings: other },
      { prefix: 'incoming/b/1/', settings: { strict: true } },
    ]
    assert.equal(parseSettings({ carry, perPrefix }, 512).perPrefix.length, 4)
    assert.equal(parseSettings({ perPrefix: perPrefix.slice(1) }, 512).perPrefix.length, 3)
    const within = 'incoming/*/*/'
    assert.equal(parseSettings({ carry: { within }, perPrefix: perPrefix.slice(0, 2) }, 512).perPrefix.length, 2)
  })

  it('may have signs in the prefix that have a meaning in patterns', () => {
    const inputPrefix = 'in[1]{2}/'
    const { folder } = parseSettings({ inputPrefix, carry: { within: 'in[1]{2}/a*/*/', lookBack: 9 } }, 512).carry!
    assert.equal(folder.exec('in[1]{2}/ab/c/d.parquet')?.[0], 'in[1]{2}/ab/c/')
    assert.equal(parseSettings({ carry: { ...carry, lookBack: 9 } }, 512).carry!.lookBack, 9)
    assert.equal(parseSettings({ carry: { within: 'incoming/' } }, 512).carry!.folder.exec('incoming/x')?.[0], 'incoming/')
  })
})

describe('the environment of the function', () => {
  it('holds the settings as JSON, the queues, and the variables of Lambda', () => {
    const SETTINGS = JSON.stringify({ keep: 'last' })
    const environment = { ...queues, SETTINGS, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '300', PATH: '/usr/bin' }
    const { settings, queues: urls, bucket, deployment } = parseEnvironment(environment)
    assert.deepEqual([settings.enrich.keep, settings.enrich.memoryBudgetBytes], ['last', 100 * MIB])
    const [arrivals, repairs, deadLetters] = Object.values(queues)
    assert.deepEqual(urls, { arrivals, repairs, deadLetters, sequences: undefined })
    const sequences = 'https://sqs.example.com/1/sequences.fifo'
    assert.equal(parseEnvironment({ ...queues, SEQUENCES_QUEUE_URL: sequences }).queues.sequences, sequences)
    assert.deepEqual([bucket, deployment], [undefined, { stack: '', number: 0 }])
  })

  it('says which deployment this is', () => {
    const environment = { ...queues, AWS_LAMBDA_FUNCTION_VERSION: '17', STACK_ID: 'a-b', BUCKET_NAME: 'bars' }
    const { bucket, deployment } = parseEnvironment(environment)
    assert.deepEqual([bucket, deployment], ['bars', { stack: 'a-b', number: 17 }])
    assert.equal(parseEnvironment({ ...environment, AWS_LAMBDA_FUNCTION_VERSION: '$LATEST' }).deployment.number, 0)
  })

  it('names further buckets, with commas between them', () => {
    assert.deepEqual(parseEnvironment(queues).sourceBuckets, [])
    assert.deepEqual(parseEnvironment({ ...queues, SOURCE_BUCKETS: 'coins,stocks' }).sourceBuckets, ['coins', 'stocks'])
  })

  it('is refused without queues, and with settings that are not JSON', () => {
    assert.match(
      refusal(() => parseEnvironment({})),
      /ARRIVALS_QUEUE_URL.*DEAD_LETTER_QUEUE_URL/,
    )
    assert.match(
      refusal(() => parseEnvironment({ ...queues, SETTINGS: '{' })),
      /SETTINGS is not JSON/,
    )
  })
})

describe('settings per prefix', () => {
  const settings = parseSettings(
    {
      keep: 'last',
      supertrends: [{ period: 7 }],
      perPrefix: [
        { prefix: 'incoming/a/', settings: { columns: { close: 'Last' } } },
        { prefix: 'incoming/a/b/', settings: { keep: 'first' } },
      ],
    },
    512,
  )
  const of = (key: string) => {
    const { keep, supertrends, columns } = enrichSettingsOf(settings, key)
    return [keep, supertrends[0]?.period, columns.close]
  }

  it('are those of the longest prefix; all that it does not name is as for all other keys', () => {
    assert.deepEqual(of('incoming/x.parquet'), ['last', 7, undefined])
    assert.deepEqual(of('incoming/a/x.parquet'), ['last', 7, 'Last'])
    assert.deepEqual(of('incoming/a/b/x.parquet'), ['first', 7, undefined])
  })
})
