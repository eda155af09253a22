import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alarmLink, logLink, queueLink } from '../../lib/console-links.ts'

describe('a link into the console', () => {
  for (const [region, console, service] of [
    ['eu-west-1', 'console.aws.amazon.com', 'amazonaws.com'],
    ['cn-north-1', 'console.amazonaws.cn', 'amazonaws.com.cn'],
    ['us-gov-west-1', 'console.amazonaws-us-gov.com', 'amazonaws.com'],
  ] as const) {
    it(`has the domains of the region ${region}`, () => {
      const links = [
        alarmLink(region, 'Market-Errors'),
        logLink(region, { logGroup: 'log', text: 'limit 1', days: 1 }),
        queueLink(region, '123456789012', 'queue'),
      ]
      for (const link of links) assert.equal(new URL(link).host, console)
      assert.ok(links[2]!.endsWith(`%2Fsqs.${region}.${service}%2F123456789012%2Fqueue`), links[2])
    })
  }
})
