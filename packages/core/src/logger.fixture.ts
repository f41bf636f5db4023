import type { Logger } from './logger.ts'

/** A logger for tests that records its lines as `level: message`. */
export function recordingLogger(): Logger & { lines: string[]; details: unknown[] } {
  const lines: string[] = []
  const details: unknown[] = []
  const at = (level: string) => (message: string, more?: Record<string, unknown>) => {
    lines.push(`${level}: ${message}`)
    details.push(more)
  }
  return {
    lines,
    details,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  }
}
