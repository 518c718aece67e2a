/**
 * Joins what is written in one turn of the event loop into one write: commands that wait together travel together.
 * @param write writes the joined text.
 */
export function batched(write: (text: string) => void): (text: string) => void {
  let batch = ''
  return (text) => {
    if (batch === '')
      queueMicrotask(() => {
        const joined = batch
        batch = ''
        write(joined)
      })
    batch += text
  }
}
