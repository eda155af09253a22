/** What the market rules need to know of a column of a file. */
export interface ColumnDescription {
  /** Of a field of a struct with the names of all structs around it: `candle.high`. */
  readonly name: string
  /** Whether it is a field of a struct, which has a part only if it is named. */
  readonly isField?: boolean
  /** How values are stored; `nested` for anything that is not one value per row. */
  readonly physical:
    | 'BOOLEAN'
    | 'INT32'
    | 'INT64'
    | 'INT96'
    | 'FLOAT'
    | 'DOUBLE'
    | 'BYTE_ARRAY'
    | 'FIXED_LEN_BYTE_ARRAY'
    | 'nested'
  /** Bytes of a FIXED_LEN_BYTE_ARRAY value, otherwise 0. */
  readonly width: number
  /** What the stored values mean. */
  readonly logical: LogicalType
}

export type TimeUnit = 's' | 'ms' | 'us' | 'ns'

export type LogicalType =
  | { readonly kind: 'none' | 'string' | 'date' | 'float16' }
  /** Text that is read as numbers. */
  | { readonly kind: 'numeral' }
  /** `bits` where the file says them. */
  | { readonly kind: 'integer'; readonly signed: boolean; readonly bits?: number }
  | { readonly kind: 'decimal'; readonly scale: number }
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit; readonly utc: boolean }
  /** A time of day without its day. */
  | { readonly kind: 'time'; readonly unit: TimeUnit }
  /** A length of time, which may be that since midnight. */
  | { readonly kind: 'duration'; readonly unit: TimeUnit }
  /** A period of pandas, such as a month, in the spelling of pandas; numbered from the one that 1970 begins with. */
  | { readonly kind: 'period'; readonly frequency: string }
  /** Anything else; the name is for messages. */
  | { readonly kind: 'other'; readonly name: string }

/** How messages name a column's type. */
export function typeName({ physical, width, logical }: ColumnDescription): string {
  if (physical === 'nested') return 'nested'
  switch (logical.kind) {
    case 'string':
    case 'numeral':
      return 'text'
    case 'timestamp':
      return `timestamp[${logical.unit}]`
    case 'decimal':
      return 'decimal'
    case 'integer':
      return `${logical.signed ? '' : 'u'}int`
    case 'time':
      return 'time of day'
    case 'duration':
      return `duration[${logical.unit}]`
    case 'period':
      return `period[${logical.frequency}]`
    case 'other':
      return logical.name
    case 'none':
      return physical === 'FIXED_LEN_BYTE_ARRAY' ? `${width} bytes` : physical.toLowerCase()
    default:
      return logical.kind
  }
}
