import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { RedisServer } from '../servers/redis.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** So that acknowledged data is on the disk when the server is killed. */
export const durable = ['--appendonly', 'yes', '--appendfsync', 'always']

/** Kills one process of the app after the other, and starts it again. */
export async function killApps(world: World, random: Random): Promise<void> {
  while (!world.isOver) {
    await after(random.between(500, 1500))
    const app = random.one(world.apps)
    await world.disturb(async () => {
      await app.kill()
      world.counts['apps killed'] += 1
      await app.start()
    })
  }
}

/** Pauses the server and kills it. It restarts with its data or without. */
export async function troubleServer(
  server: RedisServer,
  world: World,
  random: Random,
): Promise<void> {
  while (!world.isOver) {
    await after(random.between(800, 2500))
    await world.disturb(async () => {
      if (random.happens(0.4)) await pause(server, world, random)
      else await killServer(server, world, random)
    })
  }
}

async function pause(server: RedisServer, world: World, random: Random): Promise<void> {
  world.counts['servers paused'] += 1
  server.pause()
  await after(random.between(100, 1800))
  server.continue()
}

async function killServer(server: RedisServer, world: World, random: Random): Promise<void> {
  const forgets = random.happens(0.3)
  // From here on, requests may fail.
  if (forgets) world.losses += 1
  await server.kill()
  world.counts['servers killed'] += 1
  if (forgets) await rm(join(server.folder, 'appendonlydir'), { recursive: true })
  await after(random.between(0, 400))
  await server.restart()
}
