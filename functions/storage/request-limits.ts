/** How long a request to AWS may stay without a sign of life, and how a deadline is handed to it. */

/** A connection inside a region is there within a few milliseconds. */
const CONNECTION_TIMEOUT_MS = 5_000

/**
 * Without limits, a connection that went silent costs the function's whole timeout. The SDK makes such a request again,
 * three attempts in all, so a deadline has to end them: see `until`.
 *
 * S3 is silent for as long as it copies a part of 512 MiB; messages and events are answered within some 20 ms.
 */
export const S3_LIMITS = { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: 60_000 } as const
export const MESSAGE_LIMITS = { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: 10_000 } as const

/** @returns the options of one request that ends, its repetitions included, when `deadline` aborts */
export function until(deadline: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return deadline ? { abortSignal: deadline } : {}
}
