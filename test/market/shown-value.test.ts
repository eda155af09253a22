import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ColumnDescription, LogicalType } from '../../functions/market/column-values.ts'
import { SymbolCodes } from '../../functions/market/series.ts'
import { shownValue } from '../../functions/market/shown-value.ts'

const column = (logical: LogicalType, physical: ColumnDescription['physical'] = 'INT64'): ColumnDescription => ({
  ...{ name: 'c', physical, logical },
  width: 0,
})

describe('values in messages', () => {
  for (const [logical, stored, shown] of [
    [{ kind: 'date' }, '19724', '2024-01-02'],
    [{ kind: 'date' }, '-1', '1969-12-31'],
    [{ kind: 'timestamp', unit: 'ms', utc: true }, '1704187800000', '2024-01-02T09:30:00'],
    [{ kind: 'timestamp', unit: 'ns', utc: false }, '1704187800000000001', '2024-01-02T09:30:00.000000001'],
    [{ kind: 'time', unit: 'us' }, '34200000000', '09:30:00'],
    [{ kind: 'time', unit: 'ms' }, '34200500', '09:30:00.500'],
    [{ kind: 'duration', unit: 'ns' }, '34200000000000', '09:30:00'],
    [{ kind: 'duration', unit: 's' }, '0', '00:00:00'],
    [{ kind: 'duration', unit: 's' }, '86399', '23:59:59'],
    [{ kind: 'duration', unit: 's' }, '86400', '86400 s'],
    [{ kind: 'duration', unit: 's' }, '-1', '-1 s'],
    [{ kind: 'none' }, '19724', '19724'],
    [{ kind: 'date' }, 'null', 'null'],
    [{ kind: 'string' }, '1d', '1d'],
  ] as const) {
    it(`${stored} of ${JSON.stringify(logical)} is ${shown}`, () =>
      assert.equal(shownValue(column(logical), stored), shown))
  }

  it('of INT96 are times', () => {
    const names: string[] = []
    const codes = new SymbolCodes({ ...column({ kind: 'none' }, 'INT96'), width: 12 }, (text) => names.push(text))
    const bytes = new Uint8Array(24)
    const view = new DataView(bytes.buffer)
    for (const at of [0, 12]) {
      view.setBigInt64(at, 34_200_000_000_000n, true)
      view.setInt32(at + 8, 2_440_588 + 19_724 + at, true)
    }
    codes.read({ rows: 2, values: bytes, validity: undefined }, new Int32Array(2), 0)
    assert.deepEqual(names, ['2024-01-02T09:30:00', '2024-01-14T09:30:00'])
  })
})
