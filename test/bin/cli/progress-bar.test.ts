import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ProgressBar } from '../../../bin/cli/progress-bar.ts'

function terminal(isTTY: boolean) {
  const written: string[] = []
  let now = 0
  const bar = new ProgressBar({ isTTY, write: (text) => written.push(text) }, () => now)
  return {
    written,
    bar,
    at: (ms: number, rows: number) => {
      now = ms
      bar.show(rows, 1_000_000)
    },
  }
}

describe('the progress bar', () => {
  it('says how much is done, how fast, and how long it will take', () => {
    const { at, written } = terminal(true)
    at(500, 250_000)
    assert.equal(written.length, 1)
    assert.match(written[0]!, /\[#{7}\.{23}\] 25 % {2}500,000 rows\/s {2}2 s left$/)
  })

  it('is not drawn for work that is done at once, nor more often than ten times a second', () => {
    const { at, written } = terminal(true)
    at(399, 100_000)
    assert.equal(written.length, 0)
    at(400, 100_000)
    at(499, 120_000)
    assert.equal(written.length, 1)
    at(500, 130_000)
    assert.equal(written.length, 2)
  })

  it('leaves an empty line, and leaves alone lines that it did not draw', () => {
    const { at, bar, written } = terminal(true)
    bar.clear()
    assert.deepEqual(written, [])
    at(500, 500_000)
    bar.clear()
    bar.clear()
    assert.deepEqual(written.slice(1), ['\r\x1b[2K'])
  })

  it('is not drawn where there is no terminal', () => {
    const { at, bar, written } = terminal(false)
    at(5_000, 500_000)
    bar.clear()
    assert.deepEqual(written, [])
  })
})
