import { expect, it } from 'vitest'
import { parseKey, parseKeys } from '../../../tasks/system/public-key.ts'
import { publicKey } from './public-key-of.ts'
import { refusal } from './played.ts'

const [a, b] = [publicKey('a'), publicKey('b')]

it.each([
  [`${a}`],
  [`${a} pat@laptop`],
  [`  ${a} with some words  `],
  [`restrict ${a}`],
  [`from="10.0.0.0/8,!10.0.0.1",command="echo \\"a b\\" # x" ${a} ci`],
  [`no-pty,environment="A=b c"\t${a}`],
])('%j is a key', (line) => {
  expect(parseKey(line)).toEqual({ line: line.trim(), id: a })
})

it.each([
  [''],
  ['# comment'],
  ['ssh-ed25519'],
  ['ssh-ed25519 AAAA'],
  ['ssh-ed25519 not+base64!'],
  [a.replace('ssh-ed25519', 'ssh-rsa')],
  [a.replace('ssh-ed25519', 'ssh-dss')],
  [`command="open ${a}`],
  [`command="x"y z ${a}`],
])('%j is none', (line) => {
  expect(parseKey(line)).toBeNull()
})

it('a text may be a file of several keys, with comments', () => {
  expect(parseKeys('pat', [`# two\n${a} x\r\n\n`, b]).map(({ line }) => line)).toEqual([`${a} x`, b])
})

it.each([
  [['ssh-ed25519 oops'], /keys of pat: line 1 is no public key: ssh-ed25519 oops\nIt has the form of a .pub file/],
  [[a, `${b}\nhttps://example.com/a-long-address`], /line 3 is no public key: https:\/\/example.com\/a-lo…/],
  [[a, `${a} again`], /a key is named twice\nRemove one/],
  [
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n'],
    /^keys of pat: that is a private key\nGive the public one, the file that ends with .pub.$/,
  ],
])('%j is refused', async (texts, reason) => {
  expect(await refusal(() => parseKeys('pat', texts))).toMatch(reason)
})
