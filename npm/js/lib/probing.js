// Asking over plain HTTP whether an attempt is of use. The rules are those of the Rust crate's `Probe`.
import { Probe } from '../../../src/browser/browser.js';

/** Of each socket's probe, whether it was refused the last time. */
const refused = new WeakSet();

// As the machine knows them.
const CONNECT = 0;
const REFRESH = 1;
const STOP = 2;
const WAIT = 3;
const WORDS = ['connect', 'refresh', 'stop'];

/** Fulfils with a verdict and its number for the machine, and never rejects. */
export async function askProbe(probe, socketUrl, signal) {
  try {
    const url = probe.url ?? socketUrl?.replace(/^ws/i, 'http');
    if (probe.ask) return inWords(await probe.ask(url ?? ''));
    if (url === undefined) return [CONNECT];
    const request = new Probe(url);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    const [status, seconds] = await request.answer();
    if (status !== 0) return probe.judge ? inWords(probe.judge(status)) : judge(probe, status, seconds);
  } catch {}
  return [WAIT];
}

function judge(probe, status, seconds) {
  if (status === 401 || status === 403) {
    if (refused.has(probe)) return [STOP, status];
    // What the provider gave out may be used up.
    refused.add(probe);
    return [REFRESH];
  }
  refused.delete(probe);
  if (status === 429 || status === 503) return [WAIT, seconds * 1000];
  return [status >= 500 ? WAIT : CONNECT];
}

/** A verdict of the application's. What is none counts as “wait”. */
function inWords(verdict) {
  const word = WORDS.indexOf(verdict);
  if (word >= 0) return [word];
  if (typeof verdict?.stop === 'number') return [STOP, verdict.stop];
  return [WAIT, typeof verdict?.waitForMs === 'number' ? verdict.waitForMs : undefined];
}
