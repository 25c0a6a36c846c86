// Asking over plain HTTP whether an attempt is of use. The rules are those of the Rust crate's `Probe`.
import { Probe } from '../../../src/browser/probe.js';

/** Of each socket's probe, whether it was refused the last time. */
const refused = new WeakSet();

/** Fulfils with `{ verdict, number }` for the machine, and never rejects. */
export async function askProbe(probe, socketUrl, signal) {
  try {
    const url = probe.url ?? socketUrl?.replace(/^ws/i, 'http');
    if (probe.ask) return inWords(await probe.ask(url ?? ''));
    if (url === undefined) return { verdict: 'connect' };
    const request = new Probe(url);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    const [status, seconds] = await request.answer();
    if (status === 0) return { verdict: 'wait' };
    if (probe.judge) return inWords(probe.judge(status));
    return judge(probe, status, seconds);
  } catch {
    return { verdict: 'wait' };
  }
}

function judge(probe, status, seconds) {
  if (status === 401 || status === 403) {
    if (refused.has(probe)) return { verdict: 'stop', number: status };
    // What the provider gave out may be used up.
    refused.add(probe);
    return { verdict: 'refresh' };
  }
  refused.delete(probe);
  if (status === 429 || status === 503) return { verdict: 'wait', number: Number.isNaN(seconds) ? undefined : seconds * 1000 };
  return { verdict: status >= 500 ? 'wait' : 'connect' };
}

/** A verdict of the application's. What is none counts as “wait”. */
function inWords(verdict) {
  if (typeof verdict === 'string') return { verdict };
  if (typeof verdict?.waitForMs === 'number') return { verdict: 'wait', number: verdict.waitForMs };
  if (typeof verdict?.stop === 'number') return { verdict: 'stop', number: verdict.stop };
  return { verdict: 'wait' };
}
