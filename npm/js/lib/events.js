// The browser's own events, with our object as their target; and the events that only a reconnecting socket has.

/** From the browser's socket to ours. */
const owners = new WeakMap();

const getter = (name) => Object.getOwnPropertyDescriptor(globalThis.Event?.prototype ?? {}, name)?.get;
const nativeTarget = getter('target');
const nativeCurrentTarget = getter('currentTarget');
const nativePath = globalThis.Event?.prototype.composedPath;

const ours = (target) => owners.get(target) ?? target;

const redirected = {
  target: {
    get() {
      return ours(nativeTarget.call(this));
    },
  },
  currentTarget: {
    get() {
      return ours(nativeCurrentTarget.call(this));
    },
  },
  srcElement: {
    get() {
      return ours(nativeTarget.call(this));
    },
  },
  composedPath: {
    value() {
      return nativePath.call(this).map(ours);
    },
    writable: true,
  },
};
for (const descriptor of Object.values(redirected)) Object.assign(descriptor, { enumerable: true, configurable: true });

/** From a prototype of the browser's to the same with other getters. No state is kept for an event. */
const redirections = new Map();

function redirection(prototype) {
  let other = redirections.get(prototype);
  if (other === undefined) {
    other = Object.create(prototype, redirected);
    redirections.set(prototype, other);
  }
  return other;
}

/** Gives an event its other getters. What it is made of stays: a host may fire a close event, and have no global class of that name. */
export function redirect(event) {
  Object.setPrototypeOf(event, redirection(Object.getPrototypeOf(event)));
}

/** What message events get, which are many. */
export const messagePrototype = globalThis.MessageEvent && redirection(MessageEvent.prototype);

/** From now on events of `inner` have `outer` as their target. */
export function adopt(inner, outer) {
  owners.set(inner, outer);
}

/** Whether it is one of the browser's events, and not what a mock calls one. */
export function isNative(event) {
  if (nativeTarget === undefined) return false;
  try {
    nativeTarget.call(event);
    return true;
  } catch {
    return false;
  }
}

/** A close event of ours. Not every host has the class. */
export function closeEvent({ code = 1006, reason = '', wasClean = false }) {
  const detail = { code, reason, wasClean };
  return typeof CloseEvent === 'function' ? new CloseEvent('close', detail) : notice('close', detail);
}

/** A message event of ours, from one that is none of the browser's. */
export function messageEvent({ data, origin, lastEventId }) {
  return new MessageEvent('message', { data, origin: origin ?? '', lastEventId: lastEventId ?? '' });
}

/** An event with attributes. */
export function notice(type, detail) {
  const event = new Event(type);
  for (const name of Object.keys(detail)) {
    Object.defineProperty(event, name, { value: detail[name], enumerable: true, configurable: true });
  }
  return event;
}
