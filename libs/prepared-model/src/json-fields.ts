import { OperatorError } from '#libs/domain';

/** The whole numbers that are allowed, both ends included. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/** Reads the fields of an untrusted JSON object; what is not as expected is an `OperatorError`. */
export class JsonFields {
  private constructor(
    private readonly object: Readonly<Record<string, unknown>>,
    /** The file, for messages. */
    private readonly where: string,
    /** Path of the object inside the file: `''` or `'shape.'`. */
    private readonly path: string,
  ) {}

  static of(value: unknown, where: string, path = ''): JsonFields {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new OperatorError(
        `${where}: ${path === '' ? 'the content' : path} is ${quote(value)}; it must be a JSON object.`,
      );
    return new JsonFields(value as Record<string, unknown>, where, path === '' ? '' : `${path}.`);
  }

  names(): string[] {
    return Object.keys(this.object);
  }

  /** The value as it is; JSON's null counts as absent. */
  value(name: string): unknown {
    return Object.hasOwn(this.object, name) ? (this.object[name] ?? undefined) : undefined;
  }

  /** The value, or the fallback where the field is absent. */
  integer(name: string, range: IntegerRange, fallback?: number): number {
    const value = this.value(name) ?? fallback;
    const fits = Number.isSafeInteger(value) && between(value as number, range);
    if (!fits) this.refuse(name, `a whole number from ${range.min} to ${range.max}`);
    return value as number;
  }

  number(name: string, fallback?: number): number {
    const value = this.value(name) ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value)) this.refuse(name, 'a finite number');
    return value;
  }

  boolean(name: string, fallback?: boolean): boolean {
    const value = this.value(name) ?? fallback;
    if (typeof value !== 'boolean') this.refuse(name, 'true or false');
    return value;
  }

  string(name: string, pattern: RegExp, expected: string): string {
    const value = this.value(name);
    if (typeof value !== 'string' || !pattern.test(value)) this.refuse(name, expected);
    return value;
  }

  oneOf<T>(name: string, allowed: readonly T[], fallback?: T): T {
    const value = this.value(name) ?? fallback;
    if (!allowed.includes(value as T))
      this.refuse(name, allowed.map((choice) => JSON.stringify(choice)).join(' or '));
    return value as T;
  }

  strings(name: string, pattern: RegExp, expected: string): string[] {
    const value = this.value(name);
    const fits =
      Array.isArray(value) && value.every((item) => typeof item === 'string' && pattern.test(item));
    if (!fits) this.refuse(name, `a list of ${expected}`);
    return value as string[];
  }

  /** A list of 1 to `most` whole numbers. */
  integers(name: string, range: IntegerRange, most: number): number[] {
    const value = this.value(name);
    const fits =
      Array.isArray(value) &&
      value.length >= 1 &&
      value.length <= most &&
      value.every((item) => Number.isSafeInteger(item) && between(item as number, range));
    if (!fits)
      this.refuse(name, `a list of 1 to ${most} whole numbers from ${range.min} to ${range.max}`);
    return value as number[];
  }

  /** A list of `count` numbers. */
  numbers(name: string, count: number): number[] {
    const value = this.value(name);
    const fits =
      Array.isArray(value) &&
      value.length === count &&
      value.every((item) => Number.isFinite(item));
    if (!fits) this.refuse(name, `a list of ${count} numbers`);
    return value as number[];
  }

  /** A list of 1 to `most` objects. */
  children(name: string, most: number): JsonFields[] {
    const value = this.value(name);
    if (!Array.isArray(value) || value.length < 1 || value.length > most)
      this.refuse(name, `a list of 1 to ${most} JSON objects`);
    return value.map((item, index) =>
      JsonFields.of(item, this.where, `${this.path}${name}.${index}`),
    );
  }

  child(name: string): JsonFields {
    return JsonFields.of(this.value(name), this.where, `${this.path}${name}`);
  }

  /** Throws the error for a field that is not as `expected` says. */
  refuse(name: string, expected: string): never {
    const value = this.value(name);
    const found = value === undefined ? 'is missing' : `is ${quote(value)}`;
    throw new OperatorError(`${this.where}: ${this.path}${name} ${found}; it must be ${expected}.`);
  }
}

function between(value: number, { min, max }: IntegerRange): boolean {
  return value >= min && value <= max;
}

/** The value as JSON, cut where it is long. */
function quote(value: unknown): string {
  const json = value === undefined ? 'missing' : toJson(value);
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}

/** JSON of any depth can be parsed, but not written: the stack ends. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return 'nested too deeply to be shown';
    throw error;
  }
}
