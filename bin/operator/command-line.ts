/** How an operator calls a command. Apart from its options, because their parser takes 3 ms to load. */

/** The command of the package that takes the place of `npm run`. */
export const OPERATE = 'operate'

/** Whether the command is `parquet-supertrend operate NAME`, not `npm run NAME` in a clone. */
export function isPackaged(): boolean {
  return process.argv[2] === OPERATE
}

/** @returns how an operator calls a command: `npm run audit -- --environment prod` or `parquet-supertrend operate audit ...` */
export function commandLine(name: string, options: string): string {
  return isPackaged() ? `parquet-supertrend ${OPERATE} ${name} ${options}` : `npm run ${name} -- ${options}`
}
