import { expect, it } from 'vitest'
import { fromAnsible, isAnsible } from '../../../runner/inventory/ansible.ts'

it.each([
  [{ _meta: {}, hosts: {} }, true],
  [{ web: { hosts: ['a'] } }, true],
  [{ hosts: { a: {} } }, false],
])('%j is in Ansible’s shape: %s', (raw, is) => expect(isAnsible(raw)).toBe(is))

it('hosts, groups and variables of Ansible become those of an inventory', () => {
  const raw = {
    _meta: {
      hostvars: {
        a: { ansible_host: '10.0.0.1', ansible_port: '2022', ansible_user: 7, port: 4, other: 'x' },
        lonely: { ansible_host: 5 },
      },
    },
    all: { children: ['web'], vars: { name: 'everybody', ansible_user: 'root', ansible_connection: 'smart' } },
    web: { hosts: ['a', 'b'], children: ['list', 'nowhere'], vars: { port: 3, ansible_become: false } },
    list: ['c', 4],
    empty: {},
    odd: null,
  }
  expect(fromAnsible(raw, ['port', 'name'])).toEqual({
    hosts: {
      a: { address: '10.0.0.1', port: 2022, user: '7', vars: { port: 4 } },
      b: { vars: {} },
      c: { vars: {} },
      '4': { vars: {} },
      lonely: { address: '5', vars: {} },
    },
    groups: {
      web: { hosts: ['a', 'b'], children: ['list'], become: 'none', vars: { port: 3 } },
      list: { hosts: ['c', '4'], children: [], vars: {} },
      empty: { hosts: [], children: [], vars: {} },
      odd: { hosts: [], children: [], vars: {} },
    },
    vars: { name: 'everybody' },
    defaults: { user: 'root', connection: 'ssh' },
  })
})

it.each([
  [{ ansible_connection: 'paramiko' }, { connection: 'ssh' }],
  [{ ansible_connection: 'paramiko_ssh' }, { connection: 'ssh' }],
  [{ ansible_connection: 'docker' }, { connection: 'docker' }],
  [{ ansible_connection: 1 }, {}],
  [{ ansible_ssh_private_key_file: '~/.ssh/key' }, { identity: '~/.ssh/key' }],
  [{ ansible_port: 'ssh' }, { port: NaN }],
  [{ ansible_become: true }, {}],
  [{ ansible_host: '10.0.0.1' }, {}],
  [{ ansible_user: ['a'] }, { user: ['a'] }],
])('the variables %j of a group become the login keys %j', (vars, login) => {
  expect(fromAnsible({ web: { vars } }, []).groups).toEqual({
    web: { hosts: [], children: [], ...login, vars: {} },
  })
})

it('an inventory without hosts or variables has none', () => {
  expect(fromAnsible({ _meta: { hostvars: null } }, ['port'])).toEqual({
    hosts: {},
    groups: {},
    vars: {},
    defaults: {},
  })
  expect(fromAnsible({ _meta: 1 }, ['port'])).toEqual({ hosts: {}, groups: {}, vars: {}, defaults: {} })
})
