/** A text as it stands in HTML, in an attribute too. */
export const escapeHtml = (text: string): string =>
  text
    // What a browser refuses to show, or shows in another place than it stands.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, '�')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

/** A value with every text in it escaped for HTML, so that a template cannot forget to do it. */
export function escaped(value: unknown): unknown {
  if (typeof value === 'string') return escapeHtml(value)
  if (Array.isArray(value)) return value.map(escaped)
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, escaped(each)]))
  return value
}

/**
 * JSON that may stand in a `<script>` element: nothing in it ends the element or begins a comment, and the two line
 * separators of Unicode are escaped.
 */
export const embeddedJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
