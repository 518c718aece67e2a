import { expect, it } from 'vitest'
import { embeddedJson, escaped, escapeHtml } from '../../../../runner/report/page/escape.ts'

it.each([
  ['<b class="x">&amp;\'', '&lt;b class=&quot;x&quot;&gt;&amp;amp;&#39;'],
  ['tab\tand\nline', 'tab\tand\nline'],
  ['\u0000 \u001b[31m \u007f', '� �[31m �'],
  ['\u202eexe.txt\u2066', '�exe.txt�'],
])('%j stands in HTML as %j', (text, html) => expect(escapeHtml(text)).toBe(html))

it('every text in a value is escaped, however deep', () => {
  expect(escaped({ a: '<', b: [1, '>', { c: '&', d: null, e: true }] })).toEqual({
    a: '&lt;',
    b: [1, '&gt;', { c: '&amp;', d: null, e: true }],
  })
})

it.each(['</script><script>alert(1)</script>', '<!-- <script>', ']]>', 'a\u2028b\u2029c', '&lt;'])(
  'in a script, %j ends nothing and is read as what it was',
  (text) => {
    const json = embeddedJson({ text })
    expect(json).not.toMatch(/[<>&\u2028\u2029]/)
    expect(JSON.parse(json)).toEqual({ text })
  },
)
