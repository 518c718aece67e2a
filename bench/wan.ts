import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { exec } from '../lab/exec.ts'

/** What went over the line to one address, both ways. */
export interface Counted {
  bytes: number
  /** Times that somebody waited for an answer before going on, one after the other. */
  trips: number
}

/** A place from which the lab's hosts are some time away. */
export interface Wan {
  /** Goes before a command, which then runs there. */
  prefix: string[]
  /** By address, since it was last asked. */
  counted(): Promise<Record<string, Counted>>
  close(): Promise<void>
}

/**
 * Makes a network namespace with a line to this machine that takes its time.
 * @param ms the round-trip time that it adds
 * @throws Error without root
 */
export async function wan(ms: number): Promise<Wan> {
  const [space, near, far] = ['cutover-bench', 'cutover-near', 'cutover-far']
  const rules = ['-i', '-o'].map((side) => ['DOCKER-USER', side, near, '-j', 'ACCEPT'])
  const clear = async (): Promise<void> => {
    for (const rule of rules) await exec(['iptables', '-D', ...rule]).catch(() => undefined)
    await exec(['ip', 'netns', 'delete', space]).catch(() => undefined)
  }
  await clear()
  await exec(['ip', 'netns', 'add', space])
  const line = spawn('python3', [join(import.meta.dirname, 'delay.py'), near, far, String(ms)])
  line.stderr.pipe(process.stderr)
  const lines = createInterface({ input: line.stdout })[Symbol.asyncIterator]()
  await lines.next()
  const commands = [
    `ip addr add 10.214.255.1/30 dev ${near}`,
    `ip link set ${near} up`,
    `ip link set ${far} netns ${space}`,
    `ip -n ${space} link set lo up`,
    `ip -n ${space} addr add 10.214.255.2/30 dev ${far}`,
    `ip -n ${space} link set ${far} up`,
    `ip -n ${space} route add default via 10.214.255.1`,
  ]
  for (const command of commands) await exec(command.split(' '))
  for (const rule of rules) await exec(['iptables', '-I', ...rule])
  return {
    prefix: ['ip', 'netns', 'exec', space],
    counted: async () => {
      line.stdin.write('count\n')
      return JSON.parse((await lines.next()).value as string) as Record<string, Counted>
    },
    close: async () => {
      await ended(line)
      await clear()
    },
  }
}

async function ended(line: ChildProcessWithoutNullStreams): Promise<void> {
  const closed = new Promise((resolve) => line.once('close', resolve))
  line.stdin.end()
  await closed
}
