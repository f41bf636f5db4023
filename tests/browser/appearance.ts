/**
 * Looks at the page in which it runs, as `page.evaluate(faultsOfAppearance)`, and returns what is hard
 * to read or to press. It must not use anything outside of the function.
 */
export function faultsOfAppearance({ isPhone }: { isPhone: boolean }): string[] {
  const faults: string[] = []
  const root = document.documentElement

  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const brush = canvas.getContext('2d', { willReadFrequently: true })

  type Color = readonly [red: number, green: number, blue: number, alpha: number]

  /** Works for every notation: it paints the colour and reads it back. */
  function colorOf(text: string): Color {
    if (brush === null) throw new Error('the browser supports no canvas')
    brush.clearRect(0, 0, 1, 1)
    brush.fillStyle = text
    brush.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, alpha = 0] = brush.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha / 255]
  }

  function over(top: Color, below: Color): Color {
    const [, , , alpha] = top
    const mix = (a: number, b: number) => a * alpha + b * (1 - alpha)
    return [mix(top[0], below[0]), mix(top[1], below[1]), mix(top[2], below[2]), 1]
  }

  /** The browser's background colour, which depends on the colour scheme of the page. */
  function paper(): Color {
    const probe = document.createElement('div')
    probe.style.backgroundColor = 'Canvas'
    root.append(probe)
    const { backgroundColor } = getComputedStyle(probe)
    probe.remove()
    return colorOf(backgroundColor)
  }

  function backgroundOf(element: Element): Color {
    const own = colorOf(getComputedStyle(element).backgroundColor)
    if (own[3] === 1) return own
    const parent = element.parentElement
    return over(own, parent === null ? paper() : backgroundOf(parent))
  }

  function luminance([red, green, blue]: Color): number {
    const linear = (value: number) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /** WCAG 2.2, 1.4.3. */
  function contrast(one: Color, other: Color): number {
    const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  }

  /**
   * Whether the element is visible: not for screen readers only, and not hidden until it has the
   * focus.
   */
  function isSeen(element: Element): boolean {
    const { right, bottom, width, height } = element.getBoundingClientRect()
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false
    return width > 1 && height > 1 && right > 0 && bottom + scrollY > 0
  }

  function nameOf(element: Element): string {
    const text = (element.textContent ?? '').replace(/\s+/g, ' ').trim().slice(0, 40)
    return `<${element.localName}${element.id && ` id=${element.id}`}> "${text}"`
  }

  /** The position of each piece of text, line by line. */
  function texts(): { element: Element; boxes: DOMRect[] }[] {
    const found: { element: Element; boxes: DOMRect[] }[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement
      const text = walker.currentNode.nodeValue?.trim()
      if (!element || !text || element.closest('script, noscript, style')) continue
      if (!isSeen(element)) continue
      const range = document.createRange()
      range.selectNodeContents(walker.currentNode)
      found.push({ element, boxes: [...range.getClientRects()] })
    }
    return found
  }

  /** A word that is split over two lines in a button or link. */
  function checkWords(): void {
    for (const element of document.querySelectorAll('button, a.button, nav a')) {
      if (!isSeen(element)) continue
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
      while (walker.nextNode()) {
        for (const { index, 0: word } of (walker.currentNode.nodeValue ?? '').matchAll(/\S+/g)) {
          const range = document.createRange()
          range.setStart(walker.currentNode, index)
          range.setEnd(walker.currentNode, index + word.length)
          const lines = range.getClientRects().length
          if (lines > 1) faults.push(`"${word}" is broken: ${nameOf(element)}`)
        }
      }
    }
  }

  function checkOverflow(): void {
    if (root.scrollWidth <= root.clientWidth) return
    const wide = [...document.body.querySelectorAll('*')].filter(
      (element) => isSeen(element) && element.getBoundingClientRect().right > root.clientWidth,
    )
    faults.push(`${root.scrollWidth} px wide: ${wide.map(nameOf).join(', ')}`)
  }

  function checkContrast(): void {
    for (const element of new Set(texts().map((text) => text.element))) {
      // WCAG excludes disabled elements.
      if (element.closest(':disabled')) continue
      const background = backgroundOf(element)
      const ink = over(colorOf(getComputedStyle(element).color), background)
      const ratio = contrast(ink, background)
      if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${nameOf(element)}`)
    }
    // WCAG 2.2, 1.4.11: the border of a field must be visible.
    for (const field of document.querySelectorAll('input:enabled:not([type=hidden])')) {
      const outside = backgroundOf(field.parentElement ?? field)
      const edge = over(colorOf(getComputedStyle(field).borderTopColor), outside)
      const ratio = Math.max(contrast(edge, outside), contrast(backgroundOf(field), outside))
      if (ratio < 3) faults.push(`contrast ${ratio.toFixed(2)}: the edge of ${nameOf(field)}`)
    }
  }

  function checkOverlaps(): void {
    const all = texts().flatMap(({ element, boxes }) => boxes.map((box) => ({ element, box })))
    for (const [index, one] of all.entries()) {
      for (const other of all.slice(index + 1)) {
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.x, other.box.x)
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.y, other.box.y)
        // Close lines share some of the space that is reserved for accents.
        const allowed = Math.min(one.box.height, other.box.height) / 3
        if (across > 1 && down > allowed) {
          faults.push(`${nameOf(one.element)} lies over ${nameOf(other.element)}`)
        }
      }
    }
  }

  /** A link in a sentence is as high as its line, and cannot be higher (WCAG 2.2, 2.5.8). */
  function isInSentence(element: Element): boolean {
    const text = element.parentElement?.textContent?.trim()
    return getComputedStyle(element).display === 'inline' && text !== element.textContent?.trim()
  }

  /** The label of a box can be pressed too. */
  function targetOf(element: Element): Element {
    const isBox = element.matches('[type=checkbox], [type=radio]')
    return (isBox && element.closest('label')) || element
  }

  function checkTargets(): void {
    for (const element of document.querySelectorAll('a[href], button, input:not([type=hidden])')) {
      if (!isSeen(element)) continue
      element.scrollIntoView({ block: 'center' })
      const target = targetOf(element)
      const { x, y, width, height } = target.getBoundingClientRect()
      const least = isInSentence(element) ? 16 : isPhone ? 44 : 24
      if (height < least) faults.push(`${height.toFixed(1)} px high: ${nameOf(element)}`)
      const hit = document.elementFromPoint(x + width / 2, y + height / 2)
      if (!target.contains(hit) && !element.matches(':disabled')) {
        faults.push(`cannot be reached: ${nameOf(element)}`)
      }
      // Phones zoom into fields with smaller letters.
      const size = Number.parseFloat(getComputedStyle(element).fontSize)
      if (isPhone && element.matches('input') && size < 16) {
        faults.push(`${size} px letters: ${nameOf(element)}`)
      }
    }
    scrollTo(0, 0)
  }

  checkOverflow()
  checkContrast()
  checkOverlaps()
  checkWords()
  checkTargets()
  return faults
}
