/** The part of a logger that the life of an engine is told to; pino fits. */
export interface EngineLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
