// nats-server and mosquitto, each with its own protocol and a minimal client of it.
import { SOON, carryOut, fresh, order, same } from './others-kit.js';
import { Mqtt } from './mqtt.js';
import { Nats } from './nats.js';
import { closeAll, managed, next, nextWhere, record, within } from './support.js';

/** What is the same of both: publish, hear it, and again after a restart. */
async function broker(make, { control, name, rounds }) {
  const topic = `torture.${fresh()}`;
  const client = make();
  const { socket } = client;
  try {
    const heard = [];
    let wake = () => {};
    const take = (text) => {
      heard.push(text);
      wake();
    };
    const until = (count) => within(`${count} messages, ${heard.length} are there`, (async () => {
      while (heard.length < count) await new Promise((resolve) => (wake = resolve));
    })());
    // Before there is a connection: the greeting says it.
    client.subscribe(topic, take);
    const wanted = ['', 'ÄΩ中🙂', 'line\r\nMSG x 1 5\r\n', 'x'.repeat(70_000)];
    for (const text of wanted) client.publish(topic, text);
    await until(4);
    await managed(socket);
    // And while there is one.
    client.subscribe(`${topic}.two`, take);
    wanted.push('two');
    client.publish(`${topic}.two`, 'two');
    await until(5);
    // And while it is greeted: what the greeting has not said is said when it is over.
    const greeted = nextWhere(socket, 'statechange', ({ phase }) => phase === 'greeting').then(() => client.subscribe(`${topic}.three`, take));
    const anew = next(socket, 'open');
    socket.reconnect();
    await greeted;
    await anew;
    wanted.push('three');
    client.publish(`${topic}.three`, 'three');
    await until(6);
    const events = record(socket, ['close', 'open', 'gaveup']);
    for (let round = 0; round < rounds; round += 1) {
      const [close, again] = [next(socket, 'close'), next(socket, 'open')];
      await order(control, name, 'stop');
      await close;
      for (const text of ['a', 'b', 'c']) {
        wanted.push(`${text}${round}`);
        client.publish(topic, `${text}${round}`);
      }
      await order(control, name, 'start');
      await again;
      wanted.push(`two ${round}`);
      client.publish(`${topic}.two`, `two ${round}`);
      await until(wanted.length);
    }
    same(heard, wanted, 'what came back');
    same(events.map(({ type }) => type), Array.from({ length: rounds }, () => ['close', 'open']).flat(), 'events');
    return { messages: heard.length, opens: socket.metrics.opens, closes: socket.metrics.closes };
  } finally {
    socket.close();
  }
}

/** The heartbeat is the protocol's own, and its answer does not reach the client. */
async function beats(make) {
  const { socket } = make();
  try {
    await within('the connection', socket.opened);
    await within('a round trip', (async () => {
      while (socket.metrics.roundTripMs === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    })());
    same(socket.metrics.dead, 0, 'dead connections');
  } finally {
    socket.close();
  }
}

/** What the server would refuse each time ends the socket: its greeting says so. */
async function isRefused(url) {
  const { socket } = new Mqtt(url, fresh(), { ...SOON, level: 9 });
  const events = record(socket, ['open', 'retry', 'message']);
  await within('the end', socket.closed);
  same([socket.readyState, events.length], [3, 0], 'its end');
}

export async function run(args) {
  const { name, url } = args;
  const make = (heartbeat) => (name === 'nats' ? new Nats(url, SOON, heartbeat) : new Mqtt(url, fresh(), { ...SOON, heartbeat }));
  const cases = [
    ['publishes, hears itself, and does so again after restarts, with all its subscriptions', (given) => broker(() => make(), given)],
    ['its own ping is the heartbeat', () => beats(() => make({ intervalMs: 20, jitterMs: 0 }))],
  ];
  if (name === 'mosquitto') cases.push(['a client that is refused in the greeting has ended', () => isRefused(url)]);
  return carryOut(cases, args, closeAll);
}
