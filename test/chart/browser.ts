/** Starts the machine's own chromium, as users have one. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = [process.env.CHROMIUM_PATH ?? '', ...PLACES].find((place) => existsSync(place))

/** The browser's own limits of 30 s are too short for a busy machine. */
export const HANG_MS = 300_000

/** The reason why tests with a browser are skipped; false when they can run. */
export const withoutBrowser = executablePath === undefined && 'no chromium; install it or set CHROMIUM_PATH'

export function startBrowser(): Promise<Browser> {
  // root, as in a container, has no sandbox
  return chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', '--disable-gpu'], timeout: HANG_MS })
}
