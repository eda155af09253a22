import { readFileSync } from 'node:fs'

/**
 * The most memory that this process has had resident at once, in MiB.
 *
 * Linux's VmHWM belongs to this program; `maxRSS` would be that of the parent if it was larger when it started us.
 */
export function peakMemoryMiB(): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))
    if (match) return Math.round(Number(match[1]) / 1024)
  } catch {
    // not Linux
  }
  return Math.round(process.resourceUsage().maxRSS / 1024)
}
