import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { images } from '../../../lab/images.ts'
import { defaultImages, settings } from '../../../tasks/app/settings.ts'

const text = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

it('the image of a host that names none is the one that the tests run', () => {
  const { traefik, postgres, runtime } = settings.parse({})
  expect({ traefik: traefik.image, postgres: postgres.image, runtime: runtime.image }).toEqual(defaultImages)
  expect({ traefik: images.traefik, postgres: images.postgres, runtime: images.node }).toEqual(defaultImages)
})

it('the example, the README and the docs name no other version', () => {
  for (const path of ['inventory.example.yaml', 'README.md', 'docs/runner.md', 'schema/inventory.schema.json']) {
    const named = text(path).match(/\b(?:traefik:v?|postgres:|node:)\d[\w.-]*/g) ?? []
    expect(
      named.filter((reference) => !(Object.values(defaultImages) as string[]).includes(reference)),
      path,
    ).toEqual([])
  }
  for (const reference of Object.values(defaultImages)) expect(text('inventory.example.yaml')).toContain(reference)
})
