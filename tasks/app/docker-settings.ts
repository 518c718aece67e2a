import { z } from '../../runner/index.ts'
import { debianPackage, systemUser } from './names.ts'

const fingerprint = z
  .string()
  .regex(
    /^(?:[\s:]*[0-9A-Fa-f]){40}(?:(?:[\s:]*[0-9A-Fa-f]){24})?\s*$/,
    'a fingerprint has 40 hex digits (64 for a version 6 key); a short id can be forged',
  )

/** The Docker of a host. */
export const dockerSettings = z
  .strictObject({
    /** Where a Docker comes from that setup installs. Default: from Docker; a host that has one keeps it. */
    source: z.enum(['docker', 'distribution', 'present']).optional(),
    /** The version of docker-ce, which is then held. */
    version: z
      .string()
      .regex(/^[A-Za-z0-9.+:~*?-]+$/, 'a version is as apt-cache policy docker-ce shows it; * is any text: "5:28.*"')
      .optional(),
    /** What stands before /linux/debian in the address of the repository. */
    repository: z
      .string()
      .regex(
        /^https?:\/\/[^\s@/?#]+(?:\/[^\s@?#]*)?$/,
        'a repository is the http(s) address before /linux/debian; an account for it belongs in /etc/apt/auth.conf.d',
      )
      .refine((value) => !/\/linux(?:\/|$)/.test(value), { error: 'a repository is the address before /linux/debian' })
      .transform((value) => value.replace(/\/+$/, ''))
      .optional(),
    /** The key that signs it: a URL, or a file beside the inventory. */
    key: z
      .string()
      .min(1)
      .regex(/^[^\s]+$/, 'a key is a URL, or a file beside the inventory')
      .optional(),
    fingerprint: z.union([fingerprint, z.array(fingerprint).min(1)]).optional(),
    packages: z.array(debianPackage).min(1).optional(),
    user: systemUser.optional(),
    live_restore: z.boolean().optional(),
  })
  .superRefine(({ version, packages, source }, context) => {
    if (version !== undefined && packages !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['version'],
        message: 'beside docker.packages, versions stand there: docker-ce=VERSION',
      })
    if (packages !== undefined && source === 'present')
      context.addIssue({ code: 'custom', path: ['packages'], message: 'docker.source: present installs no packages' })
  })
