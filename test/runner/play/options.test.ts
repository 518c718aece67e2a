import { expectTypeOf, it } from 'vitest'
import type { OptionValues } from '../../../runner/play/options.ts'

// The compiler checks these: `npm run check`.
it('the value of an option has the type that its declaration says', () => {
  expectTypeOf<
    OptionValues<{
      tag: { type: 'string'; help: '' }
      needed: { type: 'string'; required: true; help: '' }
      preset: { type: 'string'; default: 'x'; help: '' }
      flag: { type: 'boolean'; help: '' }
      hosts: { type: 'string'; multiple: true; help: '' }
    }>
  >().toEqualTypeOf<{
    readonly tag: string | undefined
    readonly needed: string
    readonly preset: string
    readonly flag: boolean
    readonly hosts: readonly string[]
  }>()
})
