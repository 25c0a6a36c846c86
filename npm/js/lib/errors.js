// Errors that name the value and the limit, and errors of the application's functions.
import { exception } from './checks.js';

export function full(queued, queuedBytes, maxMessages, maxBytes) {
  const message = `the outbox is full: ${queued} messages of ${queuedBytes} bytes wait, it takes ${maxMessages} and ${maxBytes} bytes`;
  return exception('QuotaExceededError', message);
}

export function tooLarge(bytes, maxBytes) {
  return exception('QuotaExceededError', `a message of ${bytes} bytes can’t wait in the outbox, which takes ${maxBytes} bytes`);
}

/** Without retries nothing waits: as the standard has it. */
export const connecting = () => exception('InvalidStateError', 'the socket is CONNECTING, and retries are turned off');

export const notNow = () => exception('InvalidStateError', 'there is no connection to send it with now');

/** Asks a function of the application's. What it throws is reported, and is no answer. */
export function asked(ask, ...values) {
  if (!ask) return undefined;
  try {
    return ask(...values);
  } catch (error) {
    reportError(error);
    return undefined;
  }
}
