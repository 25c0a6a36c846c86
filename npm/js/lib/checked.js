// Checks of options: each takes a name and a value, and gives what the value means. What is not given, `undefined`, is let through. An
// error names the option, its value and what it may be.

/** The longest time that an option may have: ten years, in milliseconds. */
const LONGEST_MS = 10 * 365 * 24 * 3600 * 1000;

/** What stands for no limit. */
const MOST = 0xffff_ffff;

function shown(value) {
  if (typeof value === 'string') return `“${value.slice(0, 64)}”`;
  return typeof value === 'object' && value !== null ? `a ${value.constructor?.name ?? 'object'}` : String(value);
}

function check(name, value, isRight, what) {
  if (value !== undefined && !isRight) throw new TypeError(`${name} is ${shown(value)}; it must be ${what}`);
  return value;
}

/** Whatever is there: it is checked elsewhere. */
export const any = (name, value) => value;

export const func = (name, value) => check(name, value, typeof value === 'function', 'a function');

export const flag = (name, value) => check(name, value, typeof value === 'boolean', 'true or false');

export const oneOf = (...names) => (name, value) => check(name, value, names.includes(value), names.join(', '));

export function number(name, value, most = Number.MAX_VALUE, what = 'a number') {
  check(name, value, typeof value === 'number' && !Number.isNaN(value), what);
  if (value < 0 || value > most) throw new RangeError(`${name} is ${value}; it must be in 0 to ${most}`);
  return value;
}

/** A time; an infinite one is as long as can be. */
export const time = (name, value) => (value === Infinity ? LONGEST_MS : number(name, value, LONGEST_MS, 'a number of milliseconds'));

/** A whole number; Infinity is no limit. */
export function count(name, value) {
  if (value === Infinity) return MOST;
  return check(name, number(name, value, MOST, 'a whole number'), Number.isInteger(value), 'a whole number');
}

/** Times, of which there is at least one. */
export function times(name, value) {
  check(name, value, Array.isArray(value) && value.length > 0, 'a list of milliseconds');
  return value?.map((item, at) => time(`${name}[${at}]`, item ?? NaN));
}

/** An object with no other properties than the checks'; `undefined` and `null` are an empty one. Gives what each of them means. */
export function object(name, value, checks) {
  const given = value ?? {};
  check(name, given, typeof given === 'object', 'an object');
  for (const property of Object.keys(given)) {
    if (!Object.hasOwn(checks, property)) throw new TypeError(`${name} has no option “${property}”; there are ${Object.keys(checks).join(', ')}`);
  }
  // Those of the whole have no name before their own.
  const path = name === 'options' ? '' : `${name}.`;
  return Object.fromEntries(Object.entries(checks).map(([property, check]) => [property, check(path + property, given[property])]));
}

/** A function of the application's. What it throws is reported, and what it says then is `otherwise`. */
export function guarded(ask, otherwise) {
  return (...values) => {
    try {
      return ask(...values);
    } catch (error) {
      reportError(error);
      return otherwise;
    }
  };
}
