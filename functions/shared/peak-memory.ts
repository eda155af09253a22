import { readFileSync, writeFileSync } from 'node:fs'

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

/**
 * Restarts the measurement, so that the peak is that of one file and not the highest since the process started: an
 * alarm would otherwise stay on for as long as the process lives. Source: proc_pid_clear_refs(5), value 5.
 */
export function resetPeakMemory(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // not Linux, or not allowed: the peak stays that of the process
  }
}
