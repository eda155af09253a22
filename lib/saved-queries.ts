/** Queries of Logs Insights that the runbook names. Fields: `telemetry.ts`. */
import { type ILogGroup, QueryDefinition, QueryString } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

export const QUERIES = {
  'last failures': {
    fields: ['@timestamp', 'message', 'key', 'code', 'reason', 'error.message', 'requestId'],
    filterStatements: ['outcome in ["failed", "refused"]'],
    sort: '@timestamp desc',
    limit: 50,
  },
  'slowest files': {
    fields: ['@timestamp', 'key', 'elapsedMs', 'computeMs', 'publishMs', 'quality.rowsRead', 'peakMemoryMiB'],
    filterStatements: ['outcome = "enriched"'],
    sort: 'elapsedMs desc',
    limit: 50,
  },
  'files with conflicting duplicates': {
    fields: ['@timestamp', 'key', 'quality.duplicatesConflicting', 'quality.duplicatesDropped', 'quality.rowsRead'],
    filterStatements: ['quality.duplicatesConflicting > 0'],
    sort: '@timestamp desc',
    limit: 50,
  },
} as const

export interface SavedQueriesProps {
  /** Of the pipeline. */
  readonly name: string
  readonly logGroup: ILogGroup
}

export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { name, logGroup }: SavedQueriesProps) {
    super(scope, id)
    for (const [query, { fields, filterStatements, ...others }] of Object.entries(QUERIES)) {
      new QueryDefinition(this, query, {
        queryDefinitionName: `${name}/${query}`,
        queryString: new QueryString({ ...others, fields: [...fields], filterStatements: [...filterStatements] }),
        logGroups: [logGroup],
      })
    }
  }
}
