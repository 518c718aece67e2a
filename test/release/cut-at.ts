/**
 * Loaded into the command, or into the program on a host, before its own code: it kills the process, cuts its
 * connections, or lets it wait, at one of the commands that it sends to a host. It also lists all commands in a file.
 */
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Session } from '../../runner/connection/session/session.ts'
import { type Cut, type CutOrder, orderOnHost, type Point, PointCounter } from './cut.ts'

/** The file systems of a host are here in the program's container. */
const hostRoot = '/host'

function readOrder(): CutOrder | undefined {
  const { CUTOVER_CUT: text } = process.env
  if (text !== undefined) return JSON.parse(text) as CutOrder
  const path = `${hostRoot}${orderOnHost}`
  if (!existsSync(path)) return undefined
  const order = JSON.parse(readFileSync(path, 'utf8')) as CutOrder
  return { ...order, list: `${hostRoot}${order.list}` }
}

const isAt = (cut: Cut, point: Point, script: string): boolean =>
  'matching' in cut ? new RegExp(cut.matching).test(script) : point.at === cut.at && point.nth === cut.nth

function obey({ list, cut }: CutOrder): void {
  const sockets = new Set<Socket>()
  subscribe('net.client.socket', (message) => sockets.add((message as { socket: Socket }).socket))
  // Of several hosts that do the same, each counts for itself.
  const counters = new WeakMap<Session, PointCounter>()
  let met = false

  const hold = async <T>({ when }: Cut, original: () => Promise<T>): Promise<T> => {
    const sent = when === 'after' ? original() : undefined
    sent?.catch(() => undefined)
    appendFileSync(list, 'met\n')
    while (!existsSync(`${list}.go`)) await sleep(20)
    return sent ?? original()
  }

  const end = (): void => {
    appendFileSync(list, 'met\n')
    if (cut?.how === 'kill') process.kill(process.pid, 'SIGKILL')
    for (const socket of sockets) socket.destroy()
  }

  const send = async <T>(session: Session, script: string, original: () => Promise<T>): Promise<T> => {
    const counter = counters.get(session) ?? new PointCounter()
    counters.set(session, counter)
    const point = counter.next(script)
    appendFileSync(list, `${JSON.stringify(point)}\n`)
    const isHere = !met && cut !== undefined && isAt(cut, point, script)
    met ||= isHere
    if (isHere && cut.how === 'hold') return hold(cut, original)
    if (isHere && cut.when === 'before') end()
    const sent = original()
    if (isHere && cut.when === 'after') {
      // By then it has been written to the connection in full, and most commands still run.
      void session.open().then(
        () => setTimeout(end, 3),
        () => undefined,
      )
    }
    return sent
  }

  const { run, openChannel } = Session.prototype
  Session.prototype.run = function (script, options) {
    return send(this, script, () => run.call(this, script, options))
  }
  Session.prototype.openChannel = function (script) {
    return send(this, script, () => openChannel.call(this, script))
  }
}

const order = readOrder()
if (order) obey(order)
