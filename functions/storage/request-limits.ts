/** Time limits of requests to AWS: for a connection, for silence, and the deadline of the caller. */

/** A connection inside a region takes a few milliseconds. */
const CONNECTION_TIMEOUT_MS = 5_000

/**
 * Without limits, a connection that went silent costs the function's whole timeout. The SDK repeats such a request, three
 * attempts in all, so a deadline has to end them: see `until`.
 *
 * S3 is silent for as long as it copies a part of 512 MiB; messages and events are answered within some 20 ms.
 */
export const S3_LIMITS = { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: 60_000 } as const
export const MESSAGE_LIMITS = { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: 10_000 } as const

/** @returns options that end a request and its repetitions when `deadline` aborts */
export function until(deadline: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return deadline ? { abortSignal: deadline } : {}
}
