import { expect, it } from 'vitest'
import { locale } from '../../../tasks/system/locale.ts'
import { played, refusal, textRemoved, textWritten } from './played.ts'

const look = 'locale -a'
const supported = 'command -v locale-gen >/dev/null || exit 0; cat /usr/share/i18n/SUPPORTED'
const outputs = {
  [look]: 'C\nC.utf8\nPOSIX\nen_US.utf8\n',
  [supported]: 'de_DE.UTF-8 UTF-8\nde_DE ISO-8859-1\nde_DE@euro ISO-8859-15\n',
}
const conf = '/etc/default/locale'
const gen = '/etc/locale.gen'

it.each([
  ['the default', 'en_US.UTF-8', 'LANG=en_US.UTF-8\n', undefined, undefined],
  ['the default in quotes', 'en_US.UTF-8', 'LC_ALL=x\nLANG="en_US.UTF-8"\n', undefined, undefined],
  ['another default', 'C.UTF-8', 'A=b\nLANG=C\nC=d', 'LANG C → C.UTF-8', 'A=b\nLANG=C.UTF-8\nC=d'],
  ['no default', 'C.UTF-8', '# LANG=C', 'LANG none → C.UTF-8', '# LANG=C\nLANG=C.UTF-8\n'],
  ['no default but LANGUAGE', 'C.UTF-8', 'LANGUAGE=de\n', 'LANG none → C.UTF-8', 'LANGUAGE=de\nLANG=C.UTF-8\n'],
])('one that is generated, where there is %s', async (_, name, content, summary, after) => {
  const { change, applied, undone } = await played(locale(name), outputs, {
    files: { [conf]: { content, mode: '640' } },
  })
  expect(change?.summary).toBe(summary)
  expect(change?.after).toBe(after)
  expect(applied).toEqual(change ? textWritten(conf, '640 root:root') : [])
  expect(undone).toEqual(applied)
})

it.each([
  ['commented', '# list\n# de_DE.UTF-8 UTF-8\n# x\n', '# list\nde_DE.UTF-8 UTF-8\n# x\n'],
  ['missing', 'x', 'x\nde_DE.UTF-8 UTF-8\n'],
  ['there', 'de_DE.UTF-8 UTF-8\n', 'de_DE.UTF-8 UTF-8\n'],
])('one that is not generated, where its line is %s', async (_, content, list) => {
  const task = locale('de_DE.UTF-8')
  const { change, applied, undone } = await played(task, outputs, { files: { [gen]: content } })
  expect(change).toMatchObject({ summary: 'generate, LANG none → de_DE.UTF-8', generate: { content: list } })
  expect(applied).toEqual([...textWritten(gen), 'locale-gen', ...textWritten(conf)])
  expect(undone).toEqual([...textRemoved(conf), ...textWritten(gen), 'locale-gen'])
})

it('one that is the default, and not generated, shows what is added to the list', async () => {
  const files = { [conf]: 'LANG=de_DE@euro\n', [gen]: '' }
  const { change } = await played(locale('de_DE@euro'), outputs, { files })
  expect(change).toMatchObject({ summary: 'generate', before: '', after: 'de_DE@euro ISO-8859-15\n' })
})

it.each([
  ['de_DD.UTF-8', outputs, /there is no locale de_DD.UTF-8\nDid you mean 'de_DE.UTF-8'/],
  [
    'de_DE.UTF-8',
    { ...outputs, [supported]: '' },
    /nothing can generate it\nInstall what can first: packages\(\{ present: \['locales'\] \}\)/,
  ],
])('%s is an error', async (name, answers, reason) => {
  expect(await refusal(() => played(locale(name), answers))).toMatch(reason)
})

it.each(['', 'german', 'de-DE.UTF-8', 'de_DE.UTF-8\nx', 'a/b'])('%j is refused when the task is made', async (name) => {
  expect(await refusal(() => locale(name))).toContain('is not a valid name of a locale\nFor example de_DE.UTF-8')
})
