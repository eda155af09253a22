import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { longerThan, nextLonger, ROWS } from '../../functions/chart/frames.ts'

const TIME = Date.UTC(2024, 1, 29, 13, 47, 33, 123)

describe('a frame', () => {
  it('starts where a clock or a calendar does', () => {
    const starts = Object.fromEntries(
      longerThan(ROWS).map((frame) => [frame.name, new Date(frame.start(TIME)).toISOString().slice(0, -1)]),
    )
    assert.deepEqual(starts, {
      '1 millisecond': '2024-02-29T13:47:33.123',
      '10 milliseconds': '2024-02-29T13:47:33.120',
      '100 milliseconds': '2024-02-29T13:47:33.100',
      '1 second': '2024-02-29T13:47:33.000',
      '5 seconds': '2024-02-29T13:47:30.000',
      '15 seconds': '2024-02-29T13:47:30.000',
      '30 seconds': '2024-02-29T13:47:30.000',
      '1 minute': '2024-02-29T13:47:00.000',
      '5 minutes': '2024-02-29T13:45:00.000',
      '15 minutes': '2024-02-29T13:45:00.000',
      '30 minutes': '2024-02-29T13:30:00.000',
      '1 hour': '2024-02-29T13:00:00.000',
      '4 hours': '2024-02-29T12:00:00.000',
      '1 day': '2024-02-29T00:00:00.000',
      '1 week': '2024-02-26T00:00:00.000',
      '1 month': '2024-02-01T00:00:00.000',
      '3 months': '2024-01-01T00:00:00.000',
      '1 year': '2024-01-01T00:00:00.000',
      '10 years': '2020-01-01T00:00:00.000',
      '100 years': '2000-01-01T00:00:00.000',
      '1000 years': '2000-01-01T00:00:00.000',
      '10000 years': '0000-01-01T00:00:00.000',
    })
  })

  it('is divided by the one before it, so that bars can be aggregated further', () => {
    let frame = nextLonger(ROWS)!
    for (let longer = nextLonger(frame); longer; longer = nextLonger(frame)) {
      // the start of the longer one is a start of the shorter one
      for (const time of [TIME, -TIME, 0, -1]) assert.equal(frame.start(longer.start(time)), longer.start(time))
      frame = longer
    }
    assert.equal(frame.name, '10000 years')
  })

  it('also contains times that no calendar has', () => {
    for (const frame of longerThan(ROWS)) assert.ok(frame.start(9e15) <= 9e15, frame.name)
  })
})
