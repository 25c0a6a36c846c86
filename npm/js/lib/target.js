// Where an attempt goes: what an endpoint says, checked as the standard's constructor checks it.
import { checkProtocols, protocolList, socketUrl } from './checks.js';

/** A provider's answer: there is to be no further attempt. */
export const STOP = Symbol('stop');

/** What an endpoint says: `{ url, protocols, validFor }`, or STOP; now or later. Throws what a provider throws. */
export function resolve({ url, protocols }, attempt) {
  const answer = typeof url === 'function' ? url(attempt) : url;
  const list = typeof protocols === 'function' ? protocols(attempt) : protocols;
  if (isThenable(answer) || isThenable(list)) return Promise.all([answer, list]).then(([now, then]) => target(now, then));
  return target(answer, list);
}

function isThenable(value) {
  return typeof value === 'object' && value !== null && typeof value.then === 'function';
}

/** What an endpoint has said, checked as the constructor does. */
function target(answer, list) {
  if (answer === null || answer === undefined) return STOP;
  const detailed = typeof answer === 'object' && !(answer instanceof URL) && 'url' in answer;
  const { url, protocols = list, validForMs } = detailed ? answer : { url: answer, protocols: list };
  return {
    url: socketUrl(`${url}`).href,
    protocols: checkProtocols(protocolList(protocols ?? undefined)),
    validFor: typeof validForMs === 'number' ? validForMs : undefined,
  };
}
