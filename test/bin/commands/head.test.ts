import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { runProgram, temporaryFolder } from '../../parquet-files.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)

writeFileSync(
  at('rows.parquet'),
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'date', data: [0, 1, 2, 3].map((day) => new Date(Date.UTC(2024, 0, 2 + day))), type: 'TIMESTAMP' },
        { name: 'symbol', data: ['A', 'B\u001b[31m', 'A', 'B\u001b[31m'], type: 'STRING' },
        ...['high', 'low', 'close'].map((name) => ({ name, data: [1, 0.1 + 0.2, 2.5, 1e-9], type: 'DOUBLE' as const })),
        { name: 'small', data: [0.1, null, 1 / 3, 2].map((x) => x), type: 'FLOAT' },
      ],
    }),
  ),
)

async function lines(...args: string[]) {
  const { code, stdout, stderr } = await runProgram('head', at('rows.parquet'), ...args)
  assert.deepEqual([code, stderr], [0, ''])
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/))
}

describe('head', () => {
  it('prints the first rows with their numbers rounded and their text made safe', async () => {
    assert.deepEqual(await lines('-n', '2'), [
      ['date', 'symbol', 'high', 'low', 'close', 'small'],
      ['2024-01-02', 'A', '1', '1', '1', '0.1'],
      ['2024-01-03', 'B\\u{1b}[31m', '0.3', '0.3', '0.3', '-'],
      ['2 rows of 4 rows'],
    ])
  })

  it('prints the rows of a symbol', async () => {
    const rows = await lines('--symbol', 'A')
    assert.deepEqual(
      rows.slice(1).map(([date]) => date),
      ['2024-01-02', '2024-01-04', '2 rows of 4 rows'],
    )
  })

  it('refuses an unknown symbol and a wrong number', async () => {
    for (const [args, reason] of [
      [['--symbol', 'C'], /no row has "C"/],
      [['-n', '0'], /--rows is "0"/],
      [['-n', '1.5'], /--rows is "1.5"/],
    ] as const) {
      const { code, stderr } = await runProgram('head', at('rows.parquet'), ...args)
      assert.equal(code, 2)
      assert.match(stderr, reason)
    }
  })
})
