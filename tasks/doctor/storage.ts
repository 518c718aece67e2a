import { CutoverError } from '../../runner/index.ts'
import { type Daemon, planLiveRestore } from '../docker/index.ts'
import type { Check, Report } from './check.ts'
import { refusal } from './refusal.ts'

/** Storage drivers that keep each layer once. */
const good = ['overlay2', 'overlayfs', 'fuse-overlayfs', 'btrfs', 'zfs', 'stargz']

/** Docker's storage driver, and whether containers outlive dockerd. */
export const storage: Check = {
  name: 'dockerd',
  find: (_, { daemon, settings }) => [...driverOf(daemon), ...liveRestore(daemon, settings.docker.live_restore)],
}

function driverOf({ driver }: Daemon): Report[] {
  if (driver === undefined) return []
  if (good.includes(driver)) return [{ severity: 'ok', text: `storage driver ${driver}` }]
  return [
    {
      severity: 'warning',
      text:
        driver === 'vfs'
          ? 'the storage driver vfs copies every layer for every container: releases are slow, and the disk fills up'
          : `the storage driver ${driver} is gone from newer versions of Docker`,
      hint: 'overlay2 needs a file system such as ext4, or xfs with ftype=1. A new driver begins without images and containers: docs.docker.com/engine/storage/drivers/select-storage-driver',
    },
  ]
}

/** Setup says itself what it leaves off, when it comes to that: so it is only a note here. */
function liveRestore(daemon: Daemon, wanted: boolean | undefined): Report[] {
  if (daemon.version === undefined) return []
  try {
    const plan = planLiveRestore(daemon, wanted)
    if (plan && 'note' in plan) return [{ severity: 'note', text: plan.note }]
    return [
      {
        severity: 'ok',
        text: plan ? 'live-restore is off; setup turns it on' : `live-restore is ${daemon.live ? 'on' : 'off'}`,
      },
    ]
  } catch (error) {
    if (error instanceof CutoverError) return [refusal(error)]
    throw error
  }
}
