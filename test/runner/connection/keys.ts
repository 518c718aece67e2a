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

/** Two Ed25519 keys by ssh-keygen, made for these tests alone. The second one has the passphrase `secret`. */
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
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABC73tRQzI
PhfWT7eRlYF0maAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIKowKAr0yuZ4YNgw
KaMjV6rh1BZBv5EfED/AvRQep2KaAAAAkHKfv8sw9EIHEyogyIy8rxrSRaLQWFprX12fJN
GfibNXtCd+Qwaob5nQPKl+Mo4E34djdpbDxwR5EngwQiC0nY7RF5uatw5wahyAv0S3e3qS
cAOW/2EqEu8JSd99fYJaYQt29PqKzegrY/fvuzoXcenFmAyfQMr/lpgYb3QD0U0Nn6DR0Y
4uWLpz7xWOhLAxXA==
-----END OPENSSH PRIVATE KEY-----
`
export const lockedPublic = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKowKAr0yuZ4YNgwKaMjV6rh1BZBv5EfED/AvRQep2Ka c'
