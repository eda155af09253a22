/**
 * The names by which columns are found: those that market files use. `column-spellings.ts` says how a file may spell them.
 */

export const DAY_NAME = 'date'
/** Names of columns that may hold the time of day beside a column called `date`. */
export const WITHIN_DAY_NAMES = ['time', 'ts', 'open_time', 'ts_event']
/** The name that pandas gives to the index of a frame. */
export const INDEX_LEVEL = '__index_level_0__'
export const INDEX_NAMES = ['index', INDEX_LEVEL]
/** One of several index levels without a name, in the file or after `reset_index`. */
export const UNNAMED_LEVEL = /^(?:__index_level_\d+__|level_\d+)$/
/** In order of preference. */
export const TIME_NAMES = [
  'datetime',
  'timestamp',
  DAY_NAME,
  ...WITHIN_DAY_NAMES,
  ...INDEX_NAMES,
  'trade_date',
  'window_start',
  't',
  'date_time',
  'bar_time',
  'start_time',
  'begin_time',
  'time_key',
  'gmt_time',
  'local_time',
  'time_utc',
  'datetime_utc',
  'timestamp_utc',
  'timestamp_ms',
  'unix',
  'unix_time',
  'unix_timestamp',
  'epoch',
  'trading_day',
  'trade_day',
  'day',
]
/**
 * Long on purpose: a column taken for a symbol by mistake only keeps duplicates, while a symbol column that is not recognised
 * removes bars of other instruments.
 */
export const SYMBOL_NAMES = [
  'symbol',
  'ticker',
  'sym',
  'tic',
  'instrument_id',
  'instrument',
  'coin',
  'asset',
  'pair',
  'currency_pair',
  'trading_pair',
  'product_id',
  'security',
  'security_id',
  'contract',
  'ts_code',
  'isin',
  'cusip',
  'figi',
  'ric',
  'permno',
  'code',
  'stock',
  'stock_code',
  'security_code',
  'ticker_symbol',
  'symbol_id',
  'instrument_name',
  'instrument_token',
  'inst_id',
  'secid',
  'epic',
  'name',
]
export const VENUE_NAMES = ['exchange', 'venue']
export const PRICE_NAMES = {
  open: ['open', 'o', 'open_', 'open_price', 'price_open', 'px_open', 'opn'],
  high: ['high', 'h', 'high_', 'high_price', 'price_high', 'px_high', 'hi'],
  low: ['low', 'l', 'low_', 'low_price', 'price_low', 'px_low', 'lo'],
  close: ['close', 'c', 'close_', 'close_price', 'price_close', 'px_close', 'cls'],
} as const
export const VOLUME_NAMES = ['volume', 'vol', 'v', 'volume_', 'tick_volume', 'tickvol', 'total_volume']
