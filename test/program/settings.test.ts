import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'

let folder: string
let program: typeof import('../../program/settings.ts')

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cutover-'))
  mkdirSync(join(folder, 'opt/shop'), { recursive: true })
  vi.stubEnv('CUTOVER_ROOT', folder)
  vi.resetModules()
  program = await import('../../program/settings.ts')
})

const refusal = (app: string): unknown => {
  try {
    return program.readApp(app, 'deploy')
  } catch (error) {
    const { name, message, hint } = error as Error & { hint?: string }
    return { name, message, hint }
  }
}

describe('the app that setup left on a host', () => {
  it('is read from its file below the root of the host', () => {
    writeFileSync(join(folder, 'opt/shop/settings.json'), '{"app":{"name":"shop","port":8000},"backend":true}')
    expect(program.root).toBe(folder)
    expect(program.settingsFile('shop')).toBe(`${folder}/opt/shop/settings.json`)
    expect(program.readApp('shop', 'deploy')).toEqual({ name: 'shop', port: 8000, keep: 5, standby: 0, backend: true })
  })

  it('is missing', () => {
    expect(refusal('shop')).toMatchInlineSnapshot(`
      {
        "hint": "Call it as /opt/APP/deploy, and run setup first: npx tsx playbooks/setup.ts",
        "message": "no app is set up in /opt/shop",
        "name": "UsageError",
      }
    `)
  })

  it('is damaged', () => {
    writeFileSync(join(folder, 'opt/shop/settings.json'), '{')
    expect(refusal('shop')).toEqual({
      name: 'UsageError',
      message: expect.stringMatching(/^\/opt\/shop\/settings\.json is damaged: .*JSON/) as string,
      hint: 'Setup writes it again: npx tsx playbooks/setup.ts',
    })
  })

  it('is below /host where the environment names no root', async () => {
    vi.stubEnv('CUTOVER_ROOT', undefined)
    vi.resetModules()
    program = await import('../../program/settings.ts')
    expect(program.settingsFile('shop')).toBe('/host/opt/shop/settings.json')
  })
})
