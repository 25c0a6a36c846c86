// The other side is not ours: one client suite against servers that this project did not write.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeCertificates } from '../others/certificates.mjs';
import { takeOrders } from '../others/orders.mjs';
import { section } from '../others/section.mjs';
import { startServers, versions } from '../others/servers.mjs';
import { trusting } from '../others/trust.mjs';

export const title = 'Servers that are not ours';

/** How often nginx and the brokers are reloaded or restarted. */
const ROUNDS = { short: { nginx: 2, broker: 1 }, full: { nginx: 40, broker: 20 } };

export async function run(context) {
  const folder = path.join(context.work, 'others');
  await rm(folder, { recursive: true, force: true });
  // Most of the time something waits, so that they need not wait for each other. Each has servers of its own.
  const runs = await Promise.all(context.engines.map((engine) => inEngine(context, engine, path.join(folder, engine))));
  return section(versions(context.python), ROUNDS[context.short ? 'short' : 'full'], runs);
}

/** All that one engine is asked: by job and server, what each case said. */
async function inEngine(context, engine, folder) {
  await mkdir(folder, { recursive: true });
  const certificates = await makeCertificates(folder);
  const { how, ...options } = await trusting(engine, folder, certificates);
  const servers = await startServers({ folder, python: context.python, program: context.program });
  const orders = await takeOrders(servers.children);
  const browsers = context.browsersWith({ [engine]: options });
  const answers = new Map();
  const ask = async (job, name, args) => {
    const start = Date.now();
    const results = await browsers.run(engine, job, { ...args, name, control: orders.address, short: context.short });
    for (const { what, why } of results) context.check(`${engine}, ${job}, ${name}: ${what}`, why === undefined, why);
    context.note(`${engine}, ${job}, ${name}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
    answers.set(`${job} ${name}`, results);
  };
  const rounds = ROUNDS[context.short ? 'short' : 'full'];
  try {
    for (const server of servers.suite) await ask('others', server.name, { server });
    const { nginx, http1, own, strange } = servers;
    await ask('others-nginx', 'nginx', { server: nginx, http1, own, strange, rounds: rounds.nginx });
    await ask('others-brokers', 'nats', { url: servers.nats, rounds: rounds.broker });
    await ask('others-brokers', 'mosquitto', { url: servers.mosquitto, rounds: rounds.broker });
  } finally {
    await browsers.close();
    orders.end();
    await servers.stop();
  }
  return { engine, version: browsers.versionOf(engine), how, answers };
}
