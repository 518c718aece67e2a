/**
 * Runs in a browser. The texts that are shown with less contrast to what is behind them than WCAG's level AA asks for,
 * each with its contrast.
 */
export const lowContrast = `(() => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number)
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = channels(getComputedStyle(at).backgroundColor)
      if (alpha > 0) return [r, g, b]
    }
    return [255, 255, 255]
  }
  const isShown = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 2
  return [...document.body.querySelectorAll('*')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((element) => !['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(element.tagName) && isShown(element))
    .map((element) => {
      const [one, other] = [channels(getComputedStyle(element).color), behind(element)].map(luminance)
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
      return { contrast, text: element.textContent.trim().slice(0, 40) }
    })
    .filter(({ contrast }) => contrast < 4.5)
})()`
