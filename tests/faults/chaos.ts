import { setTimeout as after } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** A server that stores sessions, and the faults that it can have. */
interface Server {
  pause(): void
  continue(): void
  kill(): Promise<void>
  restart(): Promise<void>
}

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

/**
 * Pauses the server and kills it. It restarts.
 *
 * @param forget removes its data while it is down. Without it, the server keeps its data
 */
export async function troubleServer(
  server: Server,
  world: World,
  random: Random,
  forget?: () => Promise<void>,
): Promise<void> {
  while (!world.isOver) {
    await after(random.between(800, 2500))
    await world.disturb(async () => {
      if (random.happens(0.4)) await pause(server, world, random)
      else await killServer(server, world, random, forget)
    })
  }
}

async function pause(server: Server, world: World, random: Random): Promise<void> {
  world.counts['servers paused'] += 1
  server.pause()
  await after(random.between(100, 1800))
  server.continue()
}

async function killServer(
  server: Server,
  world: World,
  random: Random,
  forget: (() => Promise<void>) | undefined,
): Promise<void> {
  const forgets = forget !== undefined && random.happens(0.3)
  // From here on, requests may fail.
  if (forgets) world.losses += 1
  await server.kill()
  world.counts['servers killed'] += 1
  if (forgets) await forget()
  await after(random.between(0, 400))
  await server.restart()
}
