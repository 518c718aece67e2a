import { CutoverError } from '../../../runner/index.ts'
import { isEverywhere, type Rule } from './rules.ts'

/** The owner of the rules that setup makes. */
export const setupsOwn = 'cutover'

/** The comment by which the rules of an owner are recognized later. That of setup has stood on hosts since ever. */
export const markOf = (owner: string, comment?: string): string =>
  `managed by cutover${owner === setupsOwn ? '' : ` for ${owner}`}${comment === undefined ? '' : `: ${comment}`}`

/** The owner of a rule by its comment; undefined if it has none of our marks. */
export function ownerOf({ comment, profile, incoming, action, to }: Rule): string | undefined {
  // What has another form than our rules was not made here.
  if (action === 'unreadable' || profile !== '' || !incoming || !isEverywhere(to)) return undefined
  const [marked, owner = setupsOwn] = /^managed by cutover(?: for ([a-z][a-z0-9-]*))?(?:: .*)?$/.exec(comment) ?? []
  return marked === undefined ? undefined : owner
}

/** @throws CutoverError if a name cannot stand in the comment of a rule */
export function verifyOwner(owner: string): void {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(owner))
    throw new CutoverError(`the owner of firewall rules cannot be called ${JSON.stringify(owner)}`, {
      hint: 'It is small letters, digits and dashes, at most 31, such as the name of your playbook.',
    })
}
