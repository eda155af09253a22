// The keyboard of the chart.

const PAGE = 50

export function keyActions({ move, moveToEnd, zoom, showAll, current }) {
  return {
    ArrowLeft: () => move(current() - 1),
    ArrowRight: () => move(current() + 1),
    PageUp: () => move(Math.max(0, current() - PAGE)),
    PageDown: () => move(current() + PAGE),
    Home: () => moveToEnd(0),
    End: () => moveToEnd(1),
    '+': () => zoom(0.5),
    '=': () => zoom(0.5),
    '-': () => zoom(2),
    0: showAll,
  }
}
