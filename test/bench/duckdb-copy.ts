/** DuckDB's own copy of a parquet file, on one thread: `node duckdb-copy.ts INPUT OUTPUT`. */
import { DuckDBInstance } from '@duckdb/node-api'
import { peakMemoryMiB } from '../../functions/shared/peak-memory.ts'

const [input, output] = process.argv.slice(2)
const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
await connection.run(`COPY (SELECT * FROM '${input}') TO '${output}' (FORMAT parquet)`)
console.log(JSON.stringify({ peakMemoryMiB: peakMemoryMiB() }))
