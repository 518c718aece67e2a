import type { Task } from '../../runner/index.ts'
import { type UnitOptions, unitTask } from './unit.ts'

/** What `service` takes. */
export type ServiceOptions = Pick<UnitOptions, 'running' | 'enabled' | 'restartOn' | 'notify' | 'tags'>

/**
 * A service runs, and the boot starts it: `unit` for a service that is there. `running` and `enabled` are true unless
 * they are given.
 * @example
 * service('nginx', { restartOn: ['/etc/nginx'] })
 * service('apache2', { running: false, enabled: false })
 */
export const service = (name: string, { running = true, enabled = true, ...options }: ServiceOptions = {}): Task =>
  unitTask(`service ${name}`, name, { running, enabled, ...options })
