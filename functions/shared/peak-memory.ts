import { readFileSync } from 'node:fs'

/**
 * The peak resident memory of this process, in MiB.
 *
 * Linux's VmHWM belongs to this program; `maxRSS` would include the parent's peak if that was larger at the fork.
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
