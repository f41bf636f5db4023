/** The parts of the engine that these cases use: from the source, or from a mutant of it. */
export async function modulesIn(folder: string) {
  const [commit, index, owner, queue, lookup, id, keys, memory, marks, state, opening] =
    await Promise.all([
      importing<typeof import('../../../packages/orbit/src/session/commit.ts')>(
        'session/commit.ts',
      ),
      importing<typeof import('../../../packages/orbit/src/session/owner-sessions.ts')>(
        'session/owner-sessions.ts',
      ),
      importing<typeof import('../../../packages/orbit/src/session/owner.ts')>('session/owner.ts'),
      importing<typeof import('../../../packages/orbit/src/session/queue.ts')>('session/queue.ts'),
      importing<typeof import('../../../packages/orbit/src/session/lookup.ts')>(
        'session/lookup.ts',
      ),
      importing<typeof import('../../../packages/orbit/src/session/id.ts')>('session/id.ts'),
      importing<typeof import('../../../packages/orbit/src/keys.ts')>('keys.ts'),
      importing<typeof import('../../../packages/orbit/src/stores/memory.ts')>('stores/memory.ts'),
      importing<typeof import('../../../packages/orbit/src/session/marks.ts')>('session/marks.ts'),
      importing<typeof import('../../../packages/orbit/src/session/state.ts')>('session/state.ts'),
      importing<typeof import('../../../packages/orbit/src/session/opening.ts')>(
        'session/opening.ts',
      ),
    ])
  return {
    ...commit,
    ...index,
    ...owner,
    ...queue,
    ...lookup,
    ...id,
    ...keys,
    ...memory,
    ...marks,
    ...state,
    ...opening,
  }

  function importing<Module>(file: string): Promise<Module> {
    return import(`${folder}${file}`)
  }
}

export type Modules = Awaited<ReturnType<typeof modulesIn>>
