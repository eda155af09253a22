// The field in which a symbol is searched and chosen.

/** Suggestions at a time, of as many symbols as a file has. */
const MAX_SUGGESTIONS = 50

export function suggestions(symbols, text) {
  const wanted = text.trim().toLowerCase()
  const found = []
  for (const symbol of symbols) {
    if (found.length === MAX_SUGGESTIONS) break
    if (symbol.toLowerCase().includes(wanted)) found.push(symbol)
  }
  return found
}

/**
 * @param shown returns the symbol on display
 * @param onChoose called with the text of the field
 */
export function openSymbolField(field, list, symbols, shown, onChoose) {
  const suggest = () => {
    const options = suggestions(symbols, field.value).map((symbol) => {
      const option = document.createElement('option')
      option.value = symbol
      return option
    })
    list.replaceChildren(...options)
  }
  // a browser suggests only what contains the text in the field
  field.addEventListener('focus', () => {
    field.placeholder = shown()
    field.value = ''
    suggest()
  })
  field.addEventListener('input', suggest)
  field.addEventListener('change', () => onChoose(field.value))
  field.addEventListener('blur', () => {
    field.value = shown()
  })
}
