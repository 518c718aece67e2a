import { bytes } from './bytes.ts'
import { type Check, ok } from './check.ts'

/** Memory that a release needs beside what runs, as a rule: the new slot runs beside the old one. */
const room = 200e6

/** Memory and swap. */
export const memory: Check = {
  name: 'memory',
  script: () => "grep -E '^(MemTotal|MemAvailable|SwapTotal|SwapFree):' /proc/meminfo",
  find: (shown) => {
    const value = (key: string): number => Number(new RegExp(`^${key}: *(\\d+)`, 'm').exec(shown)?.[1] ?? 0) * 1024
    const available = value('MemAvailable')
    const swap = value('SwapTotal')
    const text = `${bytes(available)} of ${bytes(value('MemTotal'))} available, ${swap > 0 ? `${bytes(value('SwapFree'))} of ${bytes(swap)} swap free` : 'no swap'}`
    if (available + value('SwapFree') >= room) return ok(text)
    return [
      {
        severity: 'warning',
        text,
        hint: 'In a release the new slot runs beside the old one. See what takes the memory (ps aux --sort=-rss | head), or add swap.',
      },
    ]
  },
}
