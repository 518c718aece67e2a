import { afterEach, describe, expect, it } from 'vitest'
import { wantsApproval } from '../../../tasks/blue-green/approval.ts'

const isTerminal = process.stdin.isTTY
afterEach(() => void (process.stdin.isTTY = isTerminal))

const hostWith = (approve: boolean): never => ({ vars: { apps: { shop: { approve } } } }) as never

describe('a release is approved by somebody', () => {
  it.each([
    ['where one of its hosts wants that', [hostWith(false), hostWith(true)], false, true],
    ['where none wants that, it is not', [hostWith(false)], false, false],
    ['where it was answered on the command line, it is not', [hostWith(true)], true, false],
  ])('%s', (_, hosts, yes, expected) => {
    process.stdin.isTTY = true
    expect(wantsApproval('shop', hosts, yes)).toBe(expected)
  })

  it('and is refused where there is nobody to ask', () => {
    process.stdin.isTTY = false
    expect(() => wantsApproval('shop', [hostWith(true)], false)).toThrowError(
      expect.objectContaining({
        message: 'a release of shop is approved by somebody, and there is no terminal to ask at',
        hint: 'See what it would do: npx tsx playbooks/deploy.ts --plan. If that is what you want: --yes',
      }) as Error,
    )
    expect(wantsApproval('shop', [hostWith(true)], true)).toBe(false)
  })
})
