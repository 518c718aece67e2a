'use strict'
{
  /** With more hosts than this, only those that did not end well are open at first. */
  const mostOpen = 5
  const details = JSON.parse(document.getElementById('steps').textContent)
  const table = document.querySelector('table.timeline')
  const groups = [...table.tBodies]

  const element = (name, text, ...classes) => {
    const made = document.createElement(name)
    made.textContent = text
    made.classList.add(...classes)
    return made
  }

  /** A list of lines as one text that can be scrolled by keyboard, below a heading. */
  const lines = (title, each, lineClass = () => []) => {
    const pre = element('pre', '')
    pre.tabIndex = 0
    pre.setAttribute('aria-label', title)
    for (const line of each) pre.append(element('span', `${line}\n`, ...lineClass(line)))
    return [element('h4', title), pre]
  }
  const diffClass = (line) =>
    line[0] === '+' ? ['plus'] : line[0] === '-' ? ['minus'] : line[0] === '@' ? ['place'] : []

  const contentOf = (id) => {
    const { summary, diff = [], error = [], retries = [], output = [], undo } = details[id] ?? {}
    const parts = [
      ...(undo ? [element('p', 'It was taken back because a later step failed.')] : []),
      ...(summary ? [element('p', summary)] : []),
      ...(error.length > 0 ? lines('Why', error) : []),
      ...(retries.length > 0 ? lines('Tried again, because', retries) : []),
      ...(diff.length > 0 ? lines('What changed', diff, diffClass) : []),
      ...(output.length > 0 ? lines('Output', output) : []),
    ]
    return parts.length > 0 ? parts : [element('p', 'There is nothing more to tell of this step.')]
  }

  const isOpen = (button) => button.getAttribute('aria-expanded') === 'true'
  const detailRow = (button) => document.getElementById(`${button.id}-details`)

  const openStep = (button) => {
    const row = document.createElement('tr')
    row.id = `${button.id}-details`
    row.className = 'details'
    const cell = document.createElement('td')
    cell.colSpan = 5
    cell.append(...contentOf(button.id))
    row.append(cell)
    button.closest('tr').after(row)
    button.setAttribute('aria-controls', row.id)
    button.setAttribute('aria-expanded', 'true')
  }
  const closeStep = (button) => {
    detailRow(button)?.remove()
    button.removeAttribute('aria-controls')
    button.setAttribute('aria-expanded', 'false')
  }
  const setHost = (group, open) => {
    group.classList.toggle('closed', !open)
    group.querySelector('tr.host button').setAttribute('aria-expanded', String(open))
  }
  const setOpen = (button, open) => {
    if (isOpen(button) === open) return
    const group = button.closest('tbody')
    if (button.closest('tr').classList.contains('host')) setHost(group, open)
    else if (open) openStep(button)
    else closeStep(button)
  }

  /** The buttons that are shown, in their order. */
  const shown = () => [...table.querySelectorAll('button')].filter((button) => button.offsetParent !== null)

  const moves = {
    ArrowDown: (all, at) => all[Math.min(at + 1, all.length - 1)],
    ArrowUp: (all, at) => all[Math.max(at - 1, 0)],
    Home: (all) => all[0],
    End: (all) => all.at(-1),
  }

  table.addEventListener('click', ({ target }) => {
    const button = target.closest('button') ?? target.closest('tr.step, tr.host')?.querySelector('button')
    if (button) setOpen(button, !isOpen(button))
  })
  table.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const { key, target } = event
    const own = target.closest('tr.details')?.previousElementSibling.querySelector('button')
    const button = own ?? target.closest('button')
    if (!button) return
    if (key === 'Escape') {
      setOpen(button, false)
      button.focus()
    } else if (own) return
    else if (Object.hasOwn(moves, key)) {
      const all = shown()
      moves[key](all, all.indexOf(button)).focus()
    } else if (key === 'ArrowRight') setOpen(button, true)
    else if (key === 'ArrowLeft') setOpen(button, false)
    else return
    event.preventDefault()
  })

  /** Opens the step that the address names, and brings it into view. */
  const follow = () => {
    const button = document.getElementById(location.hash.slice(1))
    if (button?.tagName !== 'BUTTON') return
    document.getElementById('only').checked = false
    table.classList.remove('only')
    setHost(button.closest('tbody'), true)
    setOpen(button, true)
    button.focus()
    button.scrollIntoView({ block: 'center' })
  }

  for (const button of table.querySelectorAll('tr.step button')) button.setAttribute('aria-expanded', 'false')
  const wellEnded = (group) => ['done', 'skipped', 'waiting'].includes(group.dataset.status)
  for (const group of groups) setHost(group, groups.length <= mostOpen || !wellEnded(group))
  for (const hidden of document.querySelectorAll('.tools, .help')) hidden.hidden = false
  document
    .getElementById('only')
    .addEventListener('change', ({ target }) => table.classList.toggle('only', target.checked))
  document.getElementById('open-all').addEventListener('click', () => groups.forEach((group) => setHost(group, true)))
  document.getElementById('close-all').addEventListener('click', () => groups.forEach((group) => setHost(group, false)))
  addEventListener('hashchange', follow)
  follow()
}
