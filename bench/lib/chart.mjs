// Creates a bar chart as SVG, in light and dark. It has a background color, so that it is readable on a
// page whose theme differs from the theme of the system. Pure functions.

const [width, left, right, row, pad] = [760, 250, 60, 20, 14]
const track = width - left - right

const style = `
  .ground{fill:#fff;stroke:#d8dbe2}.text{fill:#24292f}.muted,.grid{fill:#59636e}.grid{fill:none;stroke:#d8dbe2}
  .bar{fill:#a3acb9}.ours{fill:#5b6be0}.spread{stroke:#24292f}.goal{stroke:#c4432b;stroke-width:2}
  text{font:12px system-ui,sans-serif}.title{font-weight:600}
  @media(prefers-color-scheme:dark){.ground{fill:#1b1b1f;stroke:#3c3f44}.text{fill:#e6e6e8}.muted{fill:#a1a6ad}
  .grid{stroke:#3c3f44}.bar{fill:#626b78}.ours{fill:#8c98f2}.spread{stroke:#e6e6e8}.goal{stroke:#f08a70}}`

/**
 * Returns the chart.
 *
 * @param groups each with a `title` and `bars`: `name`, `value` and its `label`; `low` and `high`, drawn
 * as a line; `goal`, drawn as a mark; `isOurs` for another colour
 * @param max the value at the right edge. A longer bar ends there
 */
export function barChart({ title, groups, max }) {
  const parts = []
  let y = pad + 30
  for (const group of groups) {
    if (group.title) {
      parts.push(text(pad, y + 12, group.title, 'text title'))
      y += row
    }
    const height = group.bars.length * row
    const edges = [0, 0.25, 0.5, 0.75, 1].map((part) => left + part * track)
    parts.push(`<path class="grid" d="${edges.map((x) => `M${x} ${y}v${height}`).join('')}"/>`)
    for (const bar of group.bars) {
      parts.push(drawn(bar, y, max))
      y += row
    }
    y += pad
  }
  const height = y
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${style}</style>
<rect class="ground" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${text(pad, pad + 14, title, 'text title')}
${parts.join('\n')}
</svg>
`
}

function drawn({ name, value, label, low, high, goal, isOurs }, y, max) {
  const at = (number) => left + track * Math.min(1, Math.max(0, number / max))
  const middle = y + row / 2
  const parts = [
    text(left - 8, middle + 4, name, isOurs ? 'text title' : 'muted', 'end'),
    `<rect class="${isOurs ? 'ours' : 'bar'}" x="${left}" y="${y + 4}" width="${fixed(at(value) - left)}" height="${row - 8}"/>`,
  ]
  if (low !== undefined) {
    parts.push(`<path class="spread" d="M${fixed(at(low))} ${middle}H${fixed(at(high))}"/>`)
  }
  if (goal !== undefined) {
    parts.push(`<path class="goal" d="M${fixed(at(goal))} ${y + 1}v${row - 2}"/>`)
  }
  parts.push(text(fixed(at(Math.max(value, high ?? 0, goal ?? 0)) + 6), middle + 4, label, 'text'))
  return parts.join('')
}

function text(x, y, content, kind, anchor) {
  const side = anchor ? ` text-anchor="${anchor}"` : ''
  return `<text class="${kind}" x="${x}" y="${y}"${side}>${escaped(content)}</text>`
}

const fixed = (number) => Number(number.toFixed(1))

function escaped(content) {
  return content.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign])
}
