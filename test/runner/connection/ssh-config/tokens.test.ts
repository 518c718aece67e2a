import { homedir, hostname, userInfo } from 'node:os'
import { expect, it } from 'vitest'
import { expand, tokensOf } from '../../../../runner/connection/ssh-config/tokens.ts'

it('every token has its value', () => {
  const values = { host: 'web.example', original: 'web', user: 'pat', port: '2222', alias: undefined }
  expect(tokensOf(values)).toEqual({
    h: 'web.example',
    n: 'web',
    r: 'pat',
    p: '2222',
    k: 'web',
    d: homedir(),
    u: userInfo().username,
    i: String(userInfo().uid),
    l: hostname(),
    L: hostname().split('.')[0],
  })
  expect(tokensOf({ ...values, alias: 'cluster' }).k).toBe('cluster')
})

it('tokens are replaced, and unknown ones stay', () => {
  expect(expand('%h %%h %x %h%', { h: 'web' })).toBe('web %h %x web%')
})
