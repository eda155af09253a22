/** Reads times again when a later row shows how the first ones are written. */
import { RefusedError } from '../../shared/errors.ts'

/** Thrown by a reader that has learned how the times are written: reading again from the first row succeeds. */
export class RereadTimes extends RefusedError {
  constructor(found: string) {
    super('time', `${found}, unlike the rows before; write all times in one form`)
  }
}

/** Runs `work`, which reads the times, again whenever a reader has learned something. Readers do so a few times at most. */
export async function rereading<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof RereadTimes)) throw error
    }
  }
}
