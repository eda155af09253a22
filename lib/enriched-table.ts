/** Defines a Glue table over the enriched files, so that Athena can query them without a crawler. */
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { newColumnNames } from '../functions/enrich/new-columns.ts'
import type { FunctionSettings } from '../functions/lambda/settings-types.ts'
import { checkTable, type TableDescription } from './table-description.ts'

export interface EnrichedTableProps extends TableDescription {
  readonly bucket: IBucket
  readonly settings: FunctionSettings
  /** Of the pipeline. */
  readonly name: string
}

export class EnrichedTable extends Construct {
  constructor(scope: Construct, id: string, props: EnrichedTableProps) {
    super(scope, id)
    const { bucket, settings, columns, dayPartition } = props
    const added = newColumns(settings)
    checkTable(
      props,
      added.map(([name]) => name),
    )
    const stack = Stack.of(this)
    // names in Athena are lower case, without dashes
    const name = props.name.toLowerCase().replaceAll(/[^a-z0-9]/g, '_')
    const database = new CfnDatabase(this, 'Database', { catalogId: stack.account, databaseInput: { name } })
    const location = `s3://${bucket.bucketName}/${settings.outputPrefix}`
    const table = new CfnTable(this, 'Table', {
      catalogId: stack.account,
      databaseName: name,
      tableInput: {
        name: 'enriched',
        tableType: 'EXTERNAL_TABLE',
        parameters: { classification: 'parquet', ...projection(location, dayPartition) },
        partitionKeys: dayPartition ? [{ name: dayPartition.name, type: 'date' }] : [],
        storageDescriptor: {
          columns: [...Object.entries(columns), ...added].map(([name, type]) => ({ name, type })),
          location,
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
        },
      },
    })
    table.addResourceDependency(database)
  }
}

function newColumns({ enrich }: FunctionSettings): [name: string, type: string][] {
  const number = enrich.double ? 'double' : 'float'
  const types = {
    upperBand: number,
    lowerBand: number,
    orientation: 'tinyint',
    segment: 'int',
    atr: number,
    flip: 'boolean',
  }
  return newColumnNames(enrich.supertrends, enrich).flatMap((names) =>
    Object.entries(names).map(([key, name]): [string, string] => [name, types[key as keyof typeof types]]),
  )
}

/** Athena computes the partitions from these properties, so new ones need no registration. */
function projection(location: string, partition: TableDescription['dayPartition']): Record<string, string> {
  if (!partition) return {}
  const { name, from } = partition
  return {
    'projection.enabled': 'true',
    [`projection.${name}.type`]: 'date',
    [`projection.${name}.format`]: 'yyyy-MM-dd',
    [`projection.${name}.range`]: `${from},NOW`,
    'storage.location.template': `${location}${name}=\${${name}}/`,
  }
}
