// The browser's own events, with our object as their target; and the events that only a reconnecting socket has.

import { notice } from './notice.js';

export { notice };

/** From the browser's socket to ours. */
const owners = new WeakMap();

const getter = (name) => Object.getOwnPropertyDescriptor(globalThis.Event?.prototype ?? {}, name)?.get;
const nativeTarget = getter('target');
const nativeCurrentTarget = getter('currentTarget');
const nativePath = globalThis.Event?.prototype.composedPath;

const ours = (target) => owners.get(target) ?? target;

/** The message that a listener is being called with, its payload, and whose listener that is: no call into the browser is needed then. */
let called = null;
let payload;
let caller;

/** Calls a listener with a message whose payload has been read already. */
export function callWith(run, event, data, outer) {
  called = event;
  payload = data;
  caller = outer;
  try {
    run(event);
  } finally {
    called = payload = caller = null;
  }
}

const accessor = (get) => ({ get, enumerable: true, configurable: true });
const target = accessor(function () {
  return this === called ? caller : ours(nativeTarget.call(this));
});
const redirected = {
  target,
  srcElement: target,
  currentTarget: accessor(function () {
    return this === called ? caller : ours(nativeCurrentTarget.call(this));
  }),
  composedPath: {
    value() {
      return nativePath.call(this).map(ours);
    },
    writable: true,
    enumerable: true,
    configurable: true,
  },
};

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

const MessagePrototype = globalThis.MessageEvent?.prototype;
const nativeData = MessagePrototype && Object.getOwnPropertyDescriptor(MessagePrototype, 'data').get;

/** What message events get, which are many. */
export const messagePrototype =
  MessagePrototype &&
  Object.create(MessagePrototype, {
    ...redirected,
    data: accessor(function () {
      return this === called ? payload : nativeData.call(this);
    }),
  });

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
