/** What the tests use of the module of the runtime. */
declare module 'cloudflare:workers' {
  export const env: import('./env.ts').Env
}
