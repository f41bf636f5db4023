import type { Settings } from '../config.ts'
import type { Surroundings } from '../surroundings.ts'

/**
 * The variable that each platform sets. Netlify and some functions of Vercel run on AWS Lambda, so they also have its
 * variable.
 */
const platforms: readonly (readonly [variable: string, name: string])[] = [
  ['VERCEL', 'Vercel'],
  ['NETLIFY', 'Netlify'],
  ['AWS_LAMBDA_FUNCTION_NAME', 'AWS Lambda'],
  ['FUNCTION_TARGET', 'Google Cloud Functions'],
  ['K_SERVICE', 'Google Cloud Run'],
  ['FUNCTIONS_WORKER_RUNTIME', 'Azure Functions'],
  ['DENO_DEPLOYMENT_ID', 'Deno Deploy'],
  ['DENO_DEPLOY', 'Deno Deploy'],
]

/** The places where these drivers keep sessions, which other instances of the app cannot reach. */
const places = new Map<string, string>([
  ['memory', 'the memory of one instance of the app'],
  [
    'file',
    'the files of one instance of the app, unless file.path is on a volume that all of them share',
  ],
  ['sqlite', 'a file of one instance of the app'],
])

/**
 * The platform that the app runs on, if that platform starts and ends instances of the app at any time.
 *
 * @param isDeno on Deno, only the variables of Deno are read, because Deno may ask for permission for each variable
 */
export function platformIn(
  environment: Readonly<Record<string, string | undefined>>,
  isDeno: boolean,
): string | undefined {
  const asked = platforms.filter(([variable]) => variable.startsWith('DENO_') === isDeno)
  return asked.find(([variable]) => environment[variable])?.[1]
}

/** The warning that other instances of the app do not find the sessions of this one. */
export function warnOfInstances({ driver, store }: Settings, { warn }: Surroundings): void {
  const place = store ? undefined : places.get(driver)
  const platform = place === undefined ? undefined : thisPlatform()
  if (platform === undefined) return
  warn(
    `The driver ${driver} keeps sessions in ${place}. ${platform} runs several instances and ends them at any time, so users are signed out at random. Use a store that all instances can reach, such as Redis, Upstash or a database.`,
  )
}

function thisPlatform(): string | undefined {
  try {
    return platformIn(process.env, 'Deno' in globalThis)
  } catch {
    // Deno throws for a variable that the app may not read.
    return undefined
  }
}
