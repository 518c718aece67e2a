import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SshTarget } from '../../../runner/connection/target.ts'

/** A target that needs nothing of this machine. */
export const targetOf = (more: Partial<SshTarget> = {}): SshTarget => ({
  name: 'web-1',
  alias: 'web-1',
  config: undefined,
  address: '192.0.2.1',
  port: 22,
  user: 'deploy',
  identities: [],
  identitiesOnly: false,
  agent: undefined,
  forwardAgent: false,
  knownHosts: [],
  keyAlias: undefined,
  aliveInterval: 3000,
  aliveCount: 3,
  timeout: 10_000,
  jump: [],
  needsOpenssh: undefined,
  ...more,
})

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'cutover-unit-'))

/** A public key of a type, which is no real one: `fill` tells it from others. */
export const blobOf = (type: string, fill = 1): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, type.length]), Buffer.from(type), Buffer.alloc(32, fill)])

/** Two Ed25519 keys by ssh-keygen, made for these tests alone. The second one has the passphrase `secret`, and
 * one round of bcrypt alone, so that it is opened fast. */
export const plainKey = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACCxhmReoE7MMFrV9aCPpFX5wFooHzm9mZQFyfoCF8AUzQAAAIgst4fxLLeH
8QAAAAtzc2gtZWQyNTUxOQAAACCxhmReoE7MMFrV9aCPpFX5wFooHzm9mZQFyfoCF8AUzQ
AAAEDKW6Mo1iTxCLMlPlGqV4CkUYVSwnyiVNDwawfLVoFGO7GGZF6gTswwWtX1oI+kVfnA
WigfOb2ZlAXJ+gIXwBTNAAAAAWMBAgME
-----END OPENSSH PRIVATE KEY-----
`
export const plainPublic = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILGGZF6gTswwWtX1oI+kVfnAWigfOb2ZlAXJ+gIXwBTN c'
export const lockedKey = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBs8Dy77u
6G9ExJP03Q0GmKAAAAAQAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIBiLmd302BkVIwvJ
lFeplVWa4tXCJzSQ+mv/Ty7DajkUAAAAkGDYwv7wyeaR/LGratLcjJ27cK9cF5JcSamGXL
8ErP9dPNU+VJvRctHMGDOFrT3ATOq1Y6njTY2ENQ6tgUuUSFJO4zzKj4riIsAtnU1CyAFm
j5+hQ3krxhDyWmIB3pg/sH4jjTJJX5CTN0+xHcqAjfiNhp/eqMqZ1qUEYwkekxYTm9EPs6
MSGVC7/7F/FLAxYA==
-----END OPENSSH PRIVATE KEY-----
`
export const lockedPublic = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBiLmd302BkVIwvJlFeplVWa4tXCJzSQ+mv/Ty7DajkU c'
