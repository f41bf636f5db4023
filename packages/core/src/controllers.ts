import type { Context, Next } from 'hono'
import { GravitoError, messageOf } from './errors.ts'

/** A method of a controller that can answer a request. */
type Answering = (c: Context, next: Next) => Response | Promise<Response>

/** Any class, as far as it is known before it is checked. */
type Class = (...args: never) => unknown

/** The names of the public methods of `T` that can answer a request. */
type ActionName<T> = {
  [K in keyof T & string]: T[K] extends Answering ? K : never
}[keyof T & string]

/**
 * `[Controller, 'method']`: a class whose constructor needs no arguments, and the name of a public
 * method of it that takes Hono's context and returns a response, or a promise of one.
 */
export type ControllerAction<T extends object> = readonly [
  controller: new () => T,
  method: ActionName<T>,
]

/** The controllers of one core: one instance of each class, made when its first route is registered. */
export class Controllers {
  readonly #instances = new Map<unknown, object>()

  /**
   * The handler of a `[Controller, 'method']`, bound to the controller. The types refuse a wrong
   * pair where there are types; what is left of the rules is checked here for the others.
   */
  handler(action: readonly unknown[]): Answering {
    const [controller, name] = action
    if (action.length !== 2 || !isClass(controller) || typeof name !== 'string') {
      throw invalid('a controller route is a pair of a class and the name of a method')
    }
    const instance = this.#instance(controller)
    const method: unknown = Reflect.get(instance, name)
    // What every object has (constructor, toString, …) is no method of the controller.
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
      throw invalid(`the constructor of ${controller.name} wants arguments, and gets none`)
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
    throw invalid(`${controller.name || 'the controller'} could not be made: ${messageOf(cause)}`, {
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
