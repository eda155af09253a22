/**
 * `npm run test:faults`: puts faults back that no test had noticed once, one at a time. Ends with 1 unless a test fails with each.
 */
import os from 'node:os'
import { SourceCopy } from './source-copy.ts'

interface Fault {
  readonly what: string
  readonly file: string
  /** The only place where the file reads so, and how it would be wrong. */
  readonly is: string
  readonly wrong: string
  readonly tests: readonly string[]
}

const FAULTS: readonly Fault[] = [
  {
    what: 'the first bar that closes on its upper band goes up',
    file: 'functions/market/supertrend.ts',
    is: 'lower = basicLower\n        side = close <= upper ? -1 : 1',
    wrong: 'lower = basicLower\n        side = close < upper ? -1 : 1',
    tests: ['test/market/supertrend.test.ts'],
  },
  {
    what: 'a row group states that it begins a byte later',
    file: 'functions/parquet/write/output-footer.ts',
    is: 'thrift.i64(output.offset)',
    wrong: 'thrift.i64(output.offset + 1)',
    tests: ['test/parquet/write/compact.test.ts', 'test/parquet/format/footer.test.ts'],
  },
  {
    what: 'the data pages of a copied chunk are said to begin with its dictionary',
    file: 'functions/parquet/write/copy-chunk.ts',
    is: '[COLUMN_META.dataPageOffset]: thrift.i64(offset + dictionaryLength)',
    wrong: '[COLUMN_META.dataPageOffset]: thrift.i64(offset)',
    tests: ['test/parquet/format/footer.test.ts'],
  },
  {
    what: 'a chunk may begin within the first four bytes',
    file: 'functions/parquet/format/column-chunk.ts',
    is: '(start < 4 || start + size > footer.start)',
    wrong: '(start < 3 || start + size > footer.start)',
    tests: ['test/parquet/format/column-chunk.test.ts'],
  },
  {
    what: 'the smallest value of a column is +0 where it may be -0',
    file: 'functions/parquet/write/new-chunk.ts',
    is: 'boundBytes(bounds.min, type, -0)',
    wrong: 'boundBytes(bounds.min, type, 0)',
    tests: ['test/parquet/write/output-footer.test.ts'],
  },
  {
    what: 'the alarm of silence rings while files arrive',
    file: 'lib/page-alarms.ts',
    is: 'comparison: LESS_THAN_THRESHOLD,\n      missingData',
    wrong: 'comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,\n      missingData',
    tests: ['test/lib/operations.test.ts'],
  },
  {
    what: 'the function works until Lambda ends it',
    file: 'functions/lambda/middlewares.ts',
    is: 'Math.floor(left - Math.min(DEADLINE_MARGIN_MS, left / 4))',
    wrong: 'Math.floor(left)',
    tests: ['test/lambda/middlewares.test.ts'],
  },
  {
    what: 'an upload is aborted while parts of it are on their way',
    file: 'functions/storage/multipart-upload.ts',
    is: 'await Promise.allSettled(this.#parts)',
    wrong: 'void Promise.allSettled(this.#parts)',
    tests: ['test/storage/publish-object.test.ts'],
  },
]

// some are in one file of many, of which the quick tests take a sample
process.env.TEST_EFFORT = 'thorough'
const left = [...FAULTS]
const work = async () => {
  const copy = new SourceCopy()
  try {
    for (let fault = left.shift(); fault; fault = left.shift()) {
      const source = copy.original(fault.file)
      const places = source.split(fault.is).length - 1
      if (places !== 1) throw new Error(`${fault.file} has ${places} times "${fault.is}"`)
      // a test that fails anyhow would find every fault
      if (!(await copy.passes(fault.file, source, fault.tests))) throw new Error(`${fault.tests} fail without a fault`)
      const passes = await copy.passes(fault.file, source.replace(fault.is, fault.wrong), fault.tests)
      console.log(`${passes ? 'not found' : 'found'}: ${fault.what}`)
      if (passes) process.exitCode = 1
    }
  } finally {
    copy.remove()
  }
}
await Promise.all(Array.from({ length: os.availableParallelism() }, work))
