import { expect, it } from 'vitest'
import { diffLines } from '../../../runner/report/diff.ts'

it.each([
  ['no texts', {}, []],
  ['equal texts', { before: 'a\n', after: 'a\n' }, []],
  ['a new text', { after: 'a\nb\n' }, ['@@ -0,0 +1,2 @@', '+a', '+b']],
  ['a text that goes', { before: 'a\n' }, ['@@ -1,1 +0,0 @@', '-a']],
  ['a text without a newline at its end', { before: 'a', after: 'b' }, ['@@ -1,1 +1,1 @@', '-a', '+b']],
  [
    'a long text: three lines around the change',
    { before: '1\n2\n3\n4\n5\n6\n7\n8\n9\n', after: '1\n2\n3\n4\nfive\n6\n7\n8\n9\n' },
    ['@@ -2,7 +2,7 @@', ' 2', ' 3', ' 4', '-5', '+five', ' 6', ' 7', ' 8'],
  ],
])('the diff of %s', (_, texts, lines) => {
  expect(diffLines({ summary: 'x', ...texts })).toEqual(lines)
})
