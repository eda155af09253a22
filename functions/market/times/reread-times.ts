/** Times that have to be read twice: only a later row shows how the first ones are written. */
import { RefusedError } from '../../shared/errors.ts'

/** The reader that throws this has learned how the times are written: reading again from the first row helps. */
export class RereadTimes extends RefusedError {
  constructor(found: string) {
    super('time', `${found}, unlike the rows before; write them alike`)
  }
}

/** Does `work`, which reads the times, and starts over whenever a reader has learned something; it can do so a few times. */
export async function rereading<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof RereadTimes)) throw error
    }
  }
}
