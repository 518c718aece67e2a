/** `npm run bench -- NAME`: runs one of the benchmarks of this folder. */

const benchmarks = ['runner', 'tree']
const name = process.argv[2] ?? ''
if (!benchmarks.includes(name)) {
  console.error(`Which benchmark? ${benchmarks.join(', ')}: npm run bench -- runner --help`)
  process.exit(2)
}
process.argv.splice(2, 1)
await import(`./${name}.ts`)
