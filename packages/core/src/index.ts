export { Config, type ConfigMap } from './config.ts'
export {
  type BootOptions,
  defineConfig,
  type Liftoff,
  type Orbit,
  type OrbitClass,
  PlanetCore,
} from './core.ts'
export { GravitoError, type GravitoErrorOptions } from './errors.ts'
export { type HookListener, type HookMap, type HookPayload, Hooks } from './hooks.ts'
export { createLogger, type Logger, type LogLevel } from './logger.ts'
export {
  type ControllerAction,
  type GroupOptions,
  type RouteHandler,
  type RouteHandlers,
  Router,
  type RoutesFunction,
} from './router.ts'
export { ValidationError, type ValidationMessages } from './validation.ts'
