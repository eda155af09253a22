import { createServer } from 'node:net'
import { random } from './random.ts'

/**
 * Below the ports that systems give to connections that go out (from 32768 on Linux, from 49152 elsewhere): one of those
 * would soon be taken. A client that asks a server again and again until it listens can even be connected to itself.
 */
const [FIRST, COUNT] = [10_000, 22_000]
const next = random(process.pid)

/** Finds a port of this machine on which no program listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(next() * COUNT)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
