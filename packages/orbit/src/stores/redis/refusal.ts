import { SessionConfigError } from '../../errors.ts'

/** The commands of the driver and of its scripts: what a Redis user needs to keep sessions. */
const neededCommands =
  'get set exists zrange zrem eval evalsha getrange setrange pexpire pttl del time zadd zscore zrangebyscore'

/**
 * The error that says what to change, if waiting does not help: a user without the rights, a server
 * without the commands, one node of a Cluster, a database that does not exist. Otherwise nothing.
 *
 * @param message what Redis answered
 * @param prefix of all keys
 */
export function refusalIn(message: string, prefix: string): SessionConfigError | undefined {
  const remedy = remedyFor(message, prefix)
  if (remedy === undefined) return undefined
  // Of a script Redis says its digest too, and the line, which nobody can do anything with.
  const problem = message.replace(/ script: .*/, '')
  return new SessionConfigError(`Redis cannot keep sessions: ${problem}. ${remedy}`)
}

function remedyFor(message: string, prefix: string): string | undefined {
  if (/^NOPERM|ACL failure in script|user executing the script/.test(message)) {
    const commands = neededCommands.replaceAll(/\w+/g, '+$&')
    return `Give its user the rights that sessions need: ACL SETUSER <name> ~${prefix}* ${commands}`
  }
  if (/unknown (?:redis )?command/i.test(message)) {
    return `Sessions need the commands ${neededCommands}: use Redis 6.2 or later or Valkey, without renamed commands, and no proxy that refuses them.`
  }
  if (/^(?:MOVED|ASK|CROSSSLOT) /.test(message)) {
    return 'The address is that of one node of a Redis Cluster. Hand over a client of the Cluster: redis: { client: createCluster({ rootNodes: [{ url }] }) } of the package "redis".'
  }
  if (/DB index|SELECT is not allowed/.test(message)) {
    return 'Name a database that the server has at the end of redis.url or REDIS_URL, or none: redis://host:6379/0'
  }
  return undefined
}
