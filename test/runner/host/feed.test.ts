import { expect, it } from 'vitest'
import { speedometer } from '../../../runner/host/feed.ts'

it('says each second how much has passed and how fast', async () => {
  const said: string[] = []
  let now = 0
  const passing = speedometer(
    { size: 300_000_000, done: 100_000_000 },
    (text) => void said.push(text),
    () => now,
  )
  for (const time of [500, 1_000, 1_500, 2_500]) {
    now = time
    passing.write(Buffer.alloc(50_000_000))
    passing.read()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(said).toEqual(['200 of 300 MB, 100.0 MB/s', '300 of 300 MB, 80.0 MB/s'])
})
