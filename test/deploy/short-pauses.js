/**
 * Loaded into a command before its code: pauses of as many milliseconds as LONG_PAUSE_MS says take a fifth of a second. AWS
 * counts messages some seconds late, so that a command looks four times, 5 seconds apart; the emulator counts at once.
 */
import { syncBuiltinESMExports } from 'node:module'

const SHORT_PAUSE_MS = 200

const long = Number(process.env.LONG_PAUSE_MS)
const timers = process.getBuiltinModule('node:timers/promises')
const { setTimeout } = timers
timers.setTimeout = (ms, ...others) => setTimeout(ms === long ? SHORT_PAUSE_MS : ms, ...others)
syncBuiltinESMExports()
