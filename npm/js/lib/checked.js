// Checks of options. An error names the option, its value and what it may be.

/** The longest time that an option may have: ten years, in milliseconds. */
const LONGEST_MS = 10 * 365 * 24 * 3600 * 1000;

function shown(value) {
  if (typeof value === 'string') return `“${value.slice(0, 64)}”`;
  return typeof value === 'object' && value !== null ? `a ${value.constructor?.name ?? 'object'}` : String(value);
}

export function number(name, value, least, most, unit = 'a number') {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || Number.isNaN(value)) throw new TypeError(`${name} is ${shown(value)}; it must be ${unit}`);
  if (value < least || value > most) throw new RangeError(`${name} is ${value}; it must be in ${least} to ${most}`);
  return value;
}

/** A time; an infinite one is as long as can be. */
export function time(name, value) {
  if (value === Infinity) return LONGEST_MS;
  return number(name, value, 0, LONGEST_MS, 'a number of milliseconds');
}

/** A whole number; Infinity is no limit. */
export function count(name, value, least = 0) {
  if (value === Infinity) return 0xffff_ffff;
  number(name, value, least, 0xffff_ffff, 'a whole number');
  if (value !== undefined && !Number.isInteger(value)) throw new TypeError(`${name} is ${value}; it must be a whole number`);
  return value;
}

export function times(name, value) {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) throw new TypeError(`${name} is ${shown(value)}; it must be a list of milliseconds`);
  return value.map((item, at) => time(`${name}[${at}]`, item ?? NaN));
}

export function oneOf(name, value, names) {
  if (value !== undefined && !names.includes(value)) throw new TypeError(`${name} is ${shown(value)}; it must be ${names.join(', ')}`);
  return value;
}

export function func(name, value) {
  if (value !== undefined && typeof value !== 'function') throw new TypeError(`${name} is ${shown(value)}; it must be a function`);
  return value;
}

export function flag(name, value) {
  if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${name} is ${shown(value)}; it must be true or false`);
  return value;
}

/** An object with no other properties than these; `undefined` and `null` are an empty one. */
export function object(name, value, properties) {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object') throw new TypeError(`${name} is ${shown(value)}; it must be an object`);
  for (const property of Object.keys(value)) {
    if (!properties.includes(property)) throw new TypeError(`${name} has no option “${property}”; there are ${properties.join(', ')}`);
  }
  return value;
}
