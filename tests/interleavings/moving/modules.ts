/** The parts of the package that these cases use: from the source, or from a mutant of it. */
export async function movingModules(folder: string) {
  const [moving, look, protocol] = await Promise.all([
    importing<typeof import('../../../packages/orbit/src/stores/moving.ts')>('stores/moving.ts'),
    importing<typeof import('../../../packages/orbit/src/stores/moving/look.ts')>(
      'stores/moving/look.ts',
    ),
    importing<typeof import('../../../packages/orbit/src/stores/moving/protocol.ts')>(
      'stores/moving/protocol.ts',
    ),
  ])
  return { ...moving, ...look, ...protocol }

  function importing<Module>(file: string): Promise<Module> {
    return import(`${folder}${file}`)
  }
}

export type MovingModules = Awaited<ReturnType<typeof movingModules>>
