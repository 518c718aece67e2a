import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { explain } from '../../../runner/errors.ts'
import { dockerOptions } from '../../../tasks/app/docker-options.ts'
import { dockerSettings } from '../../../tasks/app/docker-settings.ts'
import { parseKeys } from '../../../tasks/system/open-pgp.ts'
import { binary, signer } from '../system/keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'cutover-'))
afterAll(() => rmSync(folder, { recursive: true }))

const options = (given: object): ReturnType<typeof dockerOptions> =>
  dockerOptions({ docker: dockerSettings.parse(given) }, { path: (name) => join(folder, name) })

it('a key that is a file is read, and one that is a URL is left to the host', () => {
  writeFileSync(join(folder, 'docker.asc'), signer.armored)
  const repository = 'https://mirror.example.org'
  expect(options({ repository, key: 'docker.asc', version: '5:28.*', live_restore: true })).toEqual({
    version: '5:28.*',
    liveRestore: true,
    repository: { address: repository, key: signer.armored },
  })
  expect(options({ source: 'docker', key: `${repository}/gpg`, fingerprint: signer.fingerprint })).toEqual({
    source: 'docker',
    repository: { key: `${repository}/gpg`, fingerprint: signer.fingerprint },
  })
})

it('a key that is not armored is', () => {
  writeFileSync(join(folder, 'docker.gpg'), binary(signer.armored))
  const { repository } = options({ key: 'docker.gpg' })
  expect(parseKeys(repository?.key ?? '')).toEqual(parseKeys(binary(signer.armored)))
})

it.each([
  ['nowhere.asc', (path: string) => `there is no key ${path}\nFix \`docker: { key: FILE }\` in the inventory.`],
  [
    'page.html',
    (path: string) =>
      `${path} is not a public key\nIt is what the repository serves as linux/debian/gpg, or what gpg --armor --export prints.`,
  ],
])('a key that cannot be used is refused before the first connection: %s', (name, expected) => {
  writeFileSync(join(folder, 'page.html'), '<html>')
  let said = ''
  try {
    options({ key: name })
  } catch (error) {
    said = explain(error).slice(0, 2).join('\n')
  }
  expect(said).toBe(expected(join(folder, name)))
})
