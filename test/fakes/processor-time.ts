/** The processor time of this process, as the tests need it: on a busy machine it gets too little to seem at work. */
import type { TestContext } from 'node:test'

/** Until the test ends, the process seems to have computed all the time. */
export function seemAtWork(t: TestContext): void {
  report(t, Number.MAX_SAFE_INTEGER)
}

/** Until the test ends, the process seems to have only waited. */
export function seemWaiting(t: TestContext): void {
  report(t, 0)
}

/** Also the difference to an earlier report, which is what is asked for. */
function report(t: TestContext, user: number): void {
  t.mock.method(process, 'cpuUsage', () => ({ user, system: 0 }))
}
