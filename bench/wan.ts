import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { exec } from '../lab/exec.ts'

/** The traffic with one address, in both directions. */
interface Traffic {
  bytes: number
  /** How often one side had to wait for the other before it went on. */
  trips: number
}

/** A network namespace with a slow line to the lab's hosts. */
export interface Wan {
  /** Put before a command, it runs the command in the namespace. */
  prefix: string[]
  /** The traffic since the last call, by address. */
  counted(): Promise<Record<string, Traffic>>
  close(): Promise<void>
}

/**
 * Makes a network namespace with a slow line to this machine.
 * @param ms the round-trip time that the line adds
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
      return JSON.parse((await lines.next()).value as string) as Record<string, Traffic>
    },
    close: async () => {
      await end(line)
      await clear()
    },
  }
}

/** Ends the program behind the line. */
async function end(line: ChildProcessWithoutNullStreams): Promise<void> {
  const closed = new Promise((resolve) => line.once('close', resolve))
  line.stdin.end()
  await closed
}
