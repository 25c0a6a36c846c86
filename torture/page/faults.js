// Cells of fault × client, several at a time: each has a link to itself, and what it finds is numbers for the report.
import { clientOf } from './faults-clients.js';
import { Dice, FAULTS, isHushed } from './faults-plans.js';
import { Link } from './support.js';

/** How many messages go each way before the fault, and again once all is well. */
const AROUND = 15;

/** Asks the server over a link of the cell's own: a browser has six connections to one host, and a cell may hold one for long. */
const asker = (link) => async (path, method = 'POST') => {
  const target = `http://${link.host}${path}`;
  const response = await fetch(target.replace(/\/$/, ''), { method });
  if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${await response.text()}`);
  return response.status === 200 ? response.json() : undefined;
};

/** One cell: `{ fault, client, seed }`, on addresses of its own. */
async function runCell({ fault, client: name, seed }, place) {
  const { steps, then, must, may, struck = 0 } = FAULTS[fault];
  const dice = new Dice(`${seed} ${fault} ${name}`);
  const script = (list) => `script?steps=${encodeURIComponent(list.join(';'))}`;
  const address = `127.0.${1 + Math.floor(place / 200)}.${1 + (place % 200)}`;
  const links = [await Link.open({ address, seed: dice.next() }), await Link.open({ address })];
  const [link, aside] = links;
  const ask = asker(aside);
  const plan = steps(dice);
  const client = clientOf(name, link, ask);
  try {
    await client.start();
    await client.bothWays(0, AROUND);
    if (isHushed(fault, name)) await client.hush();
    const begun = performance.now();
    await ask(`/link/${link.id}/${script(plan)}`);
    if (struck > 0) await ask(`/link/${link.id}/wait?struck=${struck}`, 'GET');
    const noticed = () => client.noticedSince(begun);
    if (must.includes(name)) await client.until('a sign that it has noticed', noticed);
    client.begin();
    if (then) {
      plan.push(...then(dice));
      await ask(`/link/${link.id}/${script(plan.slice(-2))}`);
    }
    const over = performance.now();
    await client.bothWays(Math.max(over, noticed()?.at ?? 0));
    const back = performance.now() - over;
    await client.bothWays(performance.now(), AROUND);
    await client.settle();
    const notice = noticed();
    const isOdd = notice !== undefined && !may.includes(name) && !must.includes(name);
    const sums = await client.account();
    return { fault, client: name, seed, plan, notice: notice ? notice.at - begun : null, cause: notice?.what, back, isOdd, losses: client.losses.length, ...sums };
  } catch (error) {
    return { fault, client: name, seed, plan, error: `${error}; ${client.state()}` };
  } finally {
    await client.close().catch(() => {});
    for (const one of links) one.end();
  }
}

/** Runs these cells, so many at a time. */
export async function run({ cells, atOnce }) {
  const results = [];
  // Those that take long first.
  const left = cells.map((cell, place) => ({ cell, place })).sort((a, b) => Boolean(FAULTS[b.cell.fault].then) - Boolean(FAULTS[a.cell.fault].then));
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) results.push(await runCell(next.cell, next.place));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
