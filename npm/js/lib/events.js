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

const redirect = (base) => (base ? Object.create(base.prototype, redirected) : undefined);

/** By an event's type, the prototype that it gets: the browser's, with other getters. No state is kept for an event. */
export const prototypes = {
  __proto__: null,
  open: redirect(globalThis.Event),
  error: redirect(globalThis.Event),
  message: redirect(globalThis.MessageEvent),
  close: redirect(globalThis.CloseEvent),
};

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
