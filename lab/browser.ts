import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { LabUnavailable } from './engine.ts'
import { exec } from './exec.ts'

/** Debian's Chromium, with a window or without: pages are looked at without. */
const programs = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium']

/**
 * A browser for the pages that Cutover writes: Debian's Chromium, which is installed where there is none (11 s, 64 MB).
 * @throws LabUnavailable without root or apt
 */
export async function openBrowser(say: (line: string) => void): Promise<Browser> {
  if (!programs.some(existsSync)) await install(say)
  return chromium.launch({
    executablePath: programs.find(existsSync),
    // Its sandbox does not work for root; what it shows here is our own.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
}

async function install(say: (line: string) => void): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new LabUnavailable("Pages are tried in Debian's chromium. Install it, or run as root.")
  say('installing on this machine: chromium-headless-shell')
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await exec(['apt-get', 'update', '-q'], { env })
  await exec(['apt-get', 'install', '-yq', '--no-install-recommends', 'chromium-headless-shell'], { env })
}
