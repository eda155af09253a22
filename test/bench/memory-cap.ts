/** The smallest memory under which a program still completes, as a hard limit of a cgroup: needs root. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Program } from './measure.ts'

const MEMORY_GROUPS = '/sys/fs/cgroup/memory'
export const CAPS_MIB = [96, 112, 128, 144, 160, 192, 256, 384, 512]

/** @returns undefined where no cgroup can be made, or none of the caps is enough */
export function smallestCapMiB({ command = process.execPath, args }: Program): number | undefined {
  const group = path.join(MEMORY_GROUPS, `parquet-supertrend-bench-${process.pid}`)
  if (!existsSync(path.join(MEMORY_GROUPS, 'memory.limit_in_bytes'))) return undefined
  try {
    mkdirSync(group)
  } catch {
    return undefined
  }
  try {
    return CAPS_MIB.find((cap) => {
      writeFileSync(path.join(group, 'memory.limit_in_bytes'), String(cap * 2 ** 20))
      // the shell puts itself under the limit before it becomes the program
      const shell = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
      return spawnSync('sh', ['-c', shell, group, command, ...args], { stdio: 'ignore' }).status === 0
    })
  } finally {
    rmdirSync(group)
  }
}
