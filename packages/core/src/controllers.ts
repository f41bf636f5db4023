import type { Context, Next } from 'hono'
import { GravitoError, messageOf } from './errors.ts'

/** A controller method that can handle a request. */
type Answering = (c: Context, next: Next) => Response | Promise<Response>

/** Any class, before its constructor is checked. */
type Class = (...args: never) => unknown

/** The names of the public methods of `T` that can handle a request. */
type ActionName<T> = {
  [K in keyof T & string]: T[K] extends Answering ? K : never
}[keyof T & string]

/**
 * `[Controller, 'method']`: a class whose constructor takes no arguments, and the name of one of its
 * public methods. The method takes Hono's context and returns a response or a promise of one.
 */
export type ControllerAction<T extends object> = readonly [
  controller: new () => T,
  method: ActionName<T>,
]

/** The controllers of one core. Each class has one instance, created when its first route is registered. */
export class Controllers {
  readonly #instances = new Map<unknown, object>()

  /**
   * Returns the handler for a `[Controller, 'method']` pair, bound to the controller. The types refuse most
   * wrong pairs. This method refuses the others, and all wrong pairs in apps without types.
   *
   * @throws {GravitoError} `route-invalid`
   */
  handler(action: readonly unknown[]): Answering {
    const [controller, name] = action
    if (action.length !== 2 || !isClass(controller) || typeof name !== 'string') {
      throw invalid('a controller route is a pair: a class and the name of one of its methods')
    }
    const instance = this.#instance(controller)
    const method: unknown = Reflect.get(instance, name)
    // Methods that every object inherits (constructor, toString, …) are not methods of the controller.
    if (
      !isAnswering(method) ||
      method === Reflect.get(Object.prototype, name) ||
      name === 'constructor'
    ) {
      throw invalid(`${controller.name} has no public method "${name}"`)
    }
    return method.bind(instance)
  }

  #instance(controller: Class): object {
    const known = this.#instances.get(controller)
    if (known) return known
    if (controller.length > 0) {
      throw invalid(`the constructor of ${controller.name} must not take arguments`)
    }
    const made = construct(controller)
    this.#instances.set(controller, made)
    return made
  }
}

function construct(controller: Class): object {
  try {
    return Reflect.construct(controller, [])
  } catch (cause) {
    throw invalid(`new ${controller.name || 'Controller'}() failed: ${messageOf(cause)}`, {
      cause,
    })
  }
}

function isClass(value: unknown): value is Class {
  return typeof value === 'function'
}

function isAnswering(value: unknown): value is Answering {
  return typeof value === 'function'
}

function invalid(problem: string, options?: { cause: unknown }): GravitoError {
  return new GravitoError('route-invalid', problem, options)
}
