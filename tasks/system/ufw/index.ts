export { dockerBehindUfw } from './docker.ts'
export { firewalldInTheWay, ufw, type UfwOptions } from './ufw.ts'
export { parseLists } from './wanted-list.ts'
export { parseFrom, parsePort, type UfwRule, verifyComment, verifyInterface } from './wanted-rule.ts'
