/**
 * Lets DuckDB work on a parquet file: `node duckdb.ts copy|dedupe INPUT OUTPUT THREADS`. `copy` reads it and writes it
 * again; `dedupe` keeps one row of each datetime. Neither computes anything.
 */
import { DuckDBInstance } from '@duckdb/node-api'
import { peakMemoryMiB } from '../../functions/shared/peak-memory.ts'

const [what, input, output, threads] = process.argv.slice(2) as [string, string, string, string]
const connection = await (await DuckDBInstance.create(':memory:', { threads })).connect()
const rows = what === 'copy' ? '*' : 'DISTINCT ON (datetime) *'
await connection.run(`COPY (SELECT ${rows} FROM '${input}') TO '${output}' (FORMAT parquet)`)
console.log(JSON.stringify({ peakMemoryMiB: peakMemoryMiB() }))
