import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compareKeys } from '../../functions/shared/key-order.ts'

const keys = fc
  .array(fc.constantFrom('a', 'b', '.', '-', '/', '0', '.json', '.parquet', '.pq', '\u{1F600}', '\uFFFD', 'é'), {
    minLength: 1,
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''))

describe('the order of keys', () => {
  it('is that of their bytes in UTF-8', () => {
    const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
    fc.assert(fc.property(keys, keys, (a, b) => Math.sign(compareKeys(a, b)) === Math.sign(byBytes(a, b))))
  })
})
