import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError } from './errors.ts';

/** The text of a setting → its value. Throws ConfigError, which says the setting's name and what it may be. */
export type Read<Value> = (text: string, name: string) => Value;

export interface Setting<Value> {
  readonly name: string;
  readonly fallback: string;
  readonly meaning: string;
  readonly read: Read<Value>;
}

export function setting<Value>(name: string, fallback: string, meaning: string, read: Read<Value>): Setting<Value> {
  return { name, fallback, meaning, read };
}

const BYTES_PER_MB = 1_000_000;

export function optional<Value>(read: Read<Value>): Read<Value | undefined> {
  return (text, name) => (text === '' ? undefined : read(text, name));
}

export function wholeNumber(low: number, high: number): Read<number> {
  return (text, name) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= low && number <= high) return number;
    throw new ConfigError(`${name} is "${text}": it must be a whole number from ${low} to ${high}.`);
  };
}

export function httpsPort(text: string, name: string): number | 'off' {
  if (text === 'off') return text;
  try {
    return wholeNumber(0, 65_535)(text, name);
  } catch {
    throw new ConfigError(`${name} is "${text}": it must be a whole number from 0 to 65535, or off.`);
  }
}

export function megabytes(high: number): Read<number> {
  return (text, name) => wholeNumber(1, high)(text, name) * BYTES_PER_MB;
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]): Read<Choice> {
  return (text, name) => {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw new ConfigError(`${name} is "${text}": it must be one of ${choices.join(', ')}.`);
  };
}

export function hostName(text: string, name: string): string {
  if (/^[A-Za-z0-9.:_-]+$/.test(text)) return text;
  throw new ConfigError(`${name} is "${text}": it must be an address such as 127.0.0.1 or 0.0.0.0.`);
}

/** It may be missing, as it is made then; a file in its place or on the way to it cannot become one. */
export function folder(text: string, name: string): string {
  const path = resolve(text);
  let nearest = path;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  if (statSync(nearest).isDirectory()) return path;
  throw new ConfigError(`${name} is "${text}": ${nearest} is a file, it must be a folder.`);
}

export function device(text: string, name: string): string {
  if (/^(auto|cpu|cuda(:\d{1,2})?)$/.test(text)) return text;
  throw new ConfigError(`${name} is "${text}": it must be auto, cpu, cuda or cuda:N.`);
}

export function redisAddress(text: string, name: string): string {
  // the password that may stand in it is not for a log
  if (URL.canParse(text) && ['redis:', 'rediss:'].includes(new URL(text).protocol) && new URL(text).hostname)
    return text;
  throw new ConfigError(`${name} must be an address such as redis://127.0.0.1:6379 or rediss://:password@host:6379.`);
}

export function refuse(sentence: string): never {
  throw new ConfigError(sentence);
}
