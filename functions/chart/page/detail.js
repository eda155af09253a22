// Requests ranges of a served file: one request at a time, and only for the view that is on display.

/** With fewer bars for each pixel a view is worth a request. */
const WANTED_PER_PIXEL = 0.5
/** A range is used for views that are not much smaller. */
const MAX_ZOOM = 4

/** @param onState called with `idle`, `loading` or `failed` */
export function detailLoader(onState) {
  let controller
  /** The range that was loaded last, or that is on its way. */
  let asked

  async function get(url) {
    controller?.abort()
    const own = new AbortController()
    controller = own
    onState('loading')
    try {
      const answer = await fetch(url, { signal: own.signal })
      if (!answer.ok) throw new Error(await answer.text())
      const content = await answer.json()
      // another view is wanted meanwhile
      if (controller !== own) return undefined
      onState('idle')
      return content
    } catch {
      if (controller !== own) return undefined
      asked = undefined
      onState('failed')
      return undefined
    }
  }

  function isAnswered(view) {
    if (!asked) return false
    return asked.from <= view.from && asked.to >= view.to && asked.to - asked.from <= MAX_ZOOM * (view.to - view.from)
  }

  return {
    /** @returns the response of the URL, or undefined when something else was asked for meanwhile */
    get,
    /** Forgets the loaded bars, and drops the request that is under way. */
    reset() {
      controller?.abort()
      controller = undefined
      asked = undefined
      onState('idle')
    },
    /** Whether the range for this view is neither there nor on its way. */
    isWorthwhile({ frameMs }, bars, view, width) {
      return frameMs > 0 && bars < WANTED_PER_PIXEL * width && !isAnswered(view)
    },
    /** Loads a view with half of it on each side. */
    async load(symbol, view) {
      const margin = (view.to - view.from) / 2
      const range = { from: Math.floor(view.from - margin), to: Math.ceil(view.to + margin) }
      asked = range
      const level = await get(`/bars?symbol=${encodeURIComponent(symbol)}&from=${range.from}&to=${range.to}`)
      return level && { ...level, asked: range }
    },
  }
}
