/** The part of the runtime's module that the tests use. */
declare module 'cloudflare:workers' {
  export const env: import('./env.ts').Env
}
