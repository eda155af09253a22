import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkTable, type TableDescription } from '../../lib/table-description.ts'
import { pipelineIn } from './synthesised.ts'

const columns = { datetime: 'timestamp', close: 'double' }
const refused: readonly [table: unknown, message: RegExp][] = [
  [{}, /^Market\/Bars: table.columns has no column; /],
  [{ columns: {} }, /^Market\/Bars: table.columns has no column; /],
  [
    { columns: { ...columns, supertrend_ub: 'float' } },
    /^Market\/Bars: the table has the column "supertrend_ub" twice: /,
  ],
  [{ columns: { ...columns, Close: 'double' } }, /^Market\/Bars: the table has the column "close" twice: /],
  [{ columns: { ...columns, day: 'date' }, dayPartition: { name: 'Day', from: '2024-03-01' } }, /"day" twice: /],
  [
    { columns: { ...columns, symbol: 'varchar' } },
    /^Market\/Bars: table.columns: symbol is "varchar"; allowed are boolean, /,
  ],
  [{ columns: { ...columns, volume: 'int64' } }, /^Market\/Bars: table.columns: volume is "int64"; allowed are /],
  [
    { columns, dayPartition: { name: 'day', from: 'yesterday' } },
    /from is "yesterday"; allowed is a day such as 2024-/,
  ],
  [{ columns, dayPartition: { name: 'day', from: '2024-02-31' } }, /from is "2024-02-31"; /],
]

describe('a table', () => {
  for (const [table, message] of refused) {
    it(`that Athena could not read is refused: ${message.source}`, () => {
      const described = table as TableDescription
      assert.throws(() => pipelineIn(() => ({ table: described })), { name: 'RefusedError', message })
    })
  }

  it('may have all types of Athena', () => {
    const types = [
      'decimal(10,2)',
      'decimal(10, 2)',
      'char(3)',
      'varchar(20)',
      'array<int>',
      'map<string,int>',
      'STRING',
    ]
    const many = Object.fromEntries(types.map((type, i) => [`c${i}`, type]))
    assert.doesNotThrow(() => checkTable({ columns: many, dayPartition: { name: 'day', from: '2024-02-29' } }, ['ub']))
  })
})
