import { CutoverError } from '../errors.ts'
import type { HostView } from '../host/index.ts'

/** Looks at a host, and returns what is wrong or missing there, or null if nothing is. */
export type Look = (host: HostView) => Promise<string | null>

/** What a look found. @throws CutoverError where its author forgot a `return`, which would look like "nothing" */
export async function lookAt(host: HostView, look: Look): Promise<string | null> {
  const found = (await look(host)) as string | null | undefined
  if (found === undefined)
    throw new CutoverError('its look returned nothing', {
      hint: 'It returns null if nothing is missing, and otherwise what is missing: is a return missing?',
    })
  return found
}
