/** A public key of the right form, which nobody has the private one of. */
export function publicKey(fill: string): string {
  const type = Buffer.from('ssh-ed25519')
  const bytes = Buffer.concat([Buffer.from([0, 0, 0, 11]), type, Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, fill)])
  return `ssh-ed25519 ${bytes.toString('base64')}`
}
