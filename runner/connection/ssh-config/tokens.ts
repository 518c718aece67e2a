import { homedir, hostname, userInfo } from 'node:os'

export interface TokenValues {
  /** The host's real name. */
  host: string
  /** The name that a person would type after `ssh`. */
  original: string
  /** The user who logs in on the host. */
  user: string
  port: string
  /** The HostKeyAlias, if there is one. */
  alias: string | undefined
}

/** The values of `%h` and the other tokens by their letters, as in ssh_config(5), TOKENS. */
export const tokensOf = ({ host, original, user, port, alias }: TokenValues): Record<string, string> => ({
  h: host,
  n: original,
  r: user,
  p: port,
  k: alias ?? original,
  d: homedir(),
  u: userInfo().username,
  i: String(userInfo().uid),
  l: hostname(),
  L: hostname().replace(/\..*/s, ''),
})

/** Replaces the tokens in a text, and `%%` by `%`. Unknown tokens stay as they are. */
export const expand = (text: string, tokens: Readonly<Record<string, string>>): string =>
  text.replace(/%(.)/g, (token, letter: string) => (letter === '%' ? '%' : (tokens[letter] ?? token)))
