import type { z as Z } from 'zod'
import { secretReference } from '../secret/index.ts'
import { z } from '../zod.ts'

/** The ways to connect to a host. */
export const connections = ['ssh', 'openssh', 'docker', 'local'] as const

const name = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'a name consists of letters, digits, dots, dashes and underscores')
/** A name, or a range that stands for several names: web-[01:20]. */
const nameOrRange = z
  .string()
  .regex(
    /^[A-Za-z0-9_[][A-Za-z0-9._-]*(?:\[[0-9A-Za-z:]+\][A-Za-z0-9._-]*)*$/,
    'a name consists of letters, digits, dots, dashes and underscores; web-[01:20] stands for several names',
  )

/** How a host is reached. The keys may stand under `defaults` for all hosts, under a group, and under a host. */
export const loginKeys = z.strictObject({
  user: z.string().min(1).optional(),
  port: z.int().min(1).max(65_535).optional(),
  identity: z.union([z.string(), z.array(z.string())]).optional(),
  identities_only: z.boolean().optional(),
  identity_passphrase: secretReference.optional(),
  password: secretReference.optional(),
  known_hosts: z.string().optional(),
  ssh_config: z
    .union([z.string(), z.literal(false)], { error: 'ssh_config is a path, or false to use none' })
    .optional(),
  proxy_jump: z.string().optional(),
  forward_agent: z.boolean().optional(),
  keepalive: z.number().min(0).optional(),
  connect_timeout: z.number().min(1).optional(),
  become: z.enum(['sudo', 'none']).optional(),
  become_user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]*[$]?$/, 'a user name consists of small letters, digits, dashes and underscores')
    .optional(),
  become_password: secretReference.optional(),
  connection: z.enum(connections).optional(),
})
export type Login = Z.output<typeof loginKeys>

const vars = z.record(z.string(), z.unknown())
const hostEntry = loginKeys.extend({ address: z.string().min(1).optional(), vars: vars.optional() })
const groupEntry = loginKeys.extend({
  hosts: z.array(nameOrRange).default([]),
  children: z.array(name).default([]),
  vars: vars.optional(),
})

/** The schema of an inventory, for the keys that the runner knows. The playbooks define the schema of `vars`. */
export const shape = z.strictObject({
  defaults: loginKeys.default({}),
  hosts: z.record(nameOrRange, hostEntry.nullable()),
  groups: z.record(name, groupEntry).default({}),
  vars: vars.default({}),
  /** Keys of variables that belong to some playbook: every other one ignores them. */
  parts: z.array(z.string()).default([]),
})
export type Shape = Z.output<typeof shape>
