import 'reflect-metadata';
import { Expose, Transform } from 'class-transformer';
import { ValidateBy, type ValidationArguments } from 'class-validator';
import { API_KEYS_FORM, parseApiKeys } from './api-key.js';
import { formatByteSize, parseByteSize } from './byte-size.js';
import { Secret } from './secret.js';

/** One environment variable, as the documentation shows it. */
export interface Setting {
  readonly variable: string;
  /** The property of AppConfig that holds it. */
  readonly property: string;
  readonly meaning: string;
  /** What a value has to be, to follow "it is". */
  readonly allowed: string;
  /** The default in words; undefined where there is none. */
  readonly defaultText: string | undefined;
}

interface SettingDefinition {
  readonly meaning: string;
  readonly allowed: string;
  readonly defaultText: string | undefined;
  readonly defaultValue: unknown;
  /** Undefined where the text is not allowed. */
  readonly parse: (text: string) => unknown;
  /** Whether the value is kept out of messages. */
  readonly isSecret?: boolean;
}

/** A value that could not be parsed: it stays in the object for the validator to report. */
class Unparsable {
  constructor(readonly text: string) {}
}

const settingsByClass = new WeakMap<object, Setting[]>();

/** The settings of a configuration class, in the order of their declaration. */
export function settingsOf(configurationClass: object): readonly Setting[] {
  return settingsByClass.get(configurationClass) ?? [];
}

interface Described {
  readonly meaning: string;
  /** How the documentation shows the default, where the value does not say it. */
  readonly defaultText?: string;
}

/** A whole number between two bounds, both included. */
export function WholeNumber(
  variable: string,
  options: Described & { readonly default?: number; readonly min: number; readonly max: number },
): PropertyDecorator {
  const { min, max } = options;
  return setting(variable, {
    meaning: options.meaning,
    allowed: `a whole number from ${min} to ${max}`,
    defaultText: options.defaultText ?? options.default?.toString(),
    defaultValue: options.default,
    parse: (text) => {
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  });
}

/** A number of bytes, in digits or with a unit. */
export function ByteSize(
  variable: string,
  options: Described & { readonly default?: number; readonly min: number; readonly max: number },
): PropertyDecorator {
  const { min, max } = options;
  const shown = options.default === undefined ? undefined : formatByteSize(options.default);
  return setting(variable, {
    meaning: options.meaning,
    allowed: `a size from ${formatByteSize(min)} to ${formatByteSize(max)}, in bytes or with a unit (\`500kB\`, \`2MiB\`)`,
    defaultText: options.defaultText ?? shown,
    defaultValue: options.default,
    parse: (text) => {
      const value = parseByteSize(text);
      return value !== undefined && value >= min && value <= max ? value : undefined;
    },
  });
}

/** One of a few words, in any case. */
export function OneOf(
  variable: string,
  options: Described & { readonly default: string; readonly values: readonly string[] },
): PropertyDecorator {
  return setting(variable, {
    meaning: options.meaning,
    allowed: `one of ${options.values.map((value) => `\`${value}\``).join(', ')}`,
    defaultText: options.defaultText ?? `\`${options.default}\``,
    defaultValue: options.default,
    parse: (text) => options.values.find((value) => value === text.toLowerCase()),
  });
}

const NONE = 'none';

/** Some of a few words, in any case and order, or the word `none`; all of them by default. */
export function SomeOf(
  variable: string,
  options: Described & { readonly values: readonly string[] },
): PropertyDecorator {
  const { values } = options;
  return setting(variable, {
    meaning: options.meaning,
    allowed: `some of ${values.map((value) => `\`${value}\``).join(', ')}, with commas, or \`${NONE}\``,
    defaultText: options.defaultText ?? `\`${values.join(',')}\``,
    defaultValue: values,
    parse: (text) => {
      const words = text.toLowerCase().split(',', values.length + 1);
      const wanted = new Set(words.map((word) => word.trim()));
      if (wanted.size === 1 && wanted.has(NONE)) return [];
      const known = values.filter((value) => wanted.has(value));
      return known.length === wanted.size ? known : undefined;
    },
  });
}

/** Text of a form that a pattern describes. */
export function Text(
  variable: string,
  options: Described & {
    readonly default?: string;
    readonly allowed: string;
    readonly pattern: RegExp;
  },
): PropertyDecorator {
  return setting(variable, {
    meaning: options.meaning,
    allowed: options.allowed,
    defaultText:
      options.defaultText ?? (options.default === undefined ? undefined : `\`${options.default}\``),
    defaultValue: options.default,
    parse: (text) => (options.pattern.test(text) ? text : undefined),
  });
}

/** As `Text`, kept out of logs and messages: it is a `Secret` in the configuration. */
export function SecretText(
  variable: string,
  options: Described & { readonly allowed: string; readonly pattern: RegExp },
): PropertyDecorator {
  return setting(variable, {
    meaning: options.meaning,
    allowed: options.allowed,
    defaultText: options.defaultText,
    defaultValue: undefined,
    parse: (text) => (options.pattern.test(text) ? new Secret(text) : undefined),
    isSecret: true,
  });
}

/** The keys that callers identify themselves with: secrets. */
export function ApiKeys(variable: string, options: Described): PropertyDecorator {
  return setting(variable, {
    meaning: options.meaning,
    allowed: API_KEYS_FORM,
    defaultText: options.defaultText,
    defaultValue: [],
    parse: parseApiKeys,
    isSecret: true,
  });
}

const YES = ['1', 'true', 'yes', 'on'];
const NO = ['0', 'false', 'no', 'off'];

/** Yes or no, in the words that Hugging Face's own tools take; no by default. */
export function Flag(variable: string, options: Described): PropertyDecorator {
  return setting(variable, {
    meaning: options.meaning,
    allowed: `one of ${[...YES, ...NO].map((value) => `\`${value}\``).join(', ')}`,
    defaultText: options.defaultText ?? '`0`',
    defaultValue: false,
    parse: (text) => {
      if (YES.includes(text.toLowerCase())) return true;
      return NO.includes(text.toLowerCase()) ? false : undefined;
    },
  });
}

function setting(variable: string, definition: SettingDefinition): PropertyDecorator {
  return (prototype, propertyKey) => {
    const property = String(propertyKey);
    const row: Setting = {
      variable,
      property,
      meaning: definition.meaning,
      allowed: definition.allowed,
      defaultText: definition.defaultText,
    };
    const rows = settingsByClass.get(prototype.constructor) ?? [];
    settingsByClass.set(prototype.constructor, [...rows, row]);
    Expose({ name: variable })(prototype, propertyKey);
    Transform(({ obj }: { obj: Record<string, string | undefined> }) =>
      readText(obj[variable], definition),
    )(prototype, propertyKey);
    ValidateBy({
      name: variable,
      validator: {
        validate: (value: unknown) => !(value instanceof Unparsable),
        defaultMessage: (argument?: ValidationArguments) =>
          definition.isSecret === true
            ? `${variable} is not ${definition.allowed.replaceAll('`', '')}. Its value is not shown here.`
            : `${variable} is "${(argument?.value as Unparsable).text}"; it is ${definition.allowed.replaceAll('`', '')}.`,
      },
    })(prototype, propertyKey);
  };
}

/** An empty variable counts as one that is not set: compose files and templates leave them so. */
function readText(text: string | undefined, definition: SettingDefinition): unknown {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return definition.defaultValue;
  return definition.parse(trimmed) ?? new Unparsable(trimmed);
}
