// What the run found, as a section of the report.
import { spread, table } from '../report.mjs';

const sum = (numbers) => numbers.reduce((all, one) => all + (one ?? 0), 0);
const number = (value) => value.toLocaleString('en');

/** What a job said of a case whose name begins so. */
const foundOf = (answers, job, begin) => answers.get(job)?.find(({ what }) => what.startsWith(begin))?.found;

/** Names in the order of the jobs, with versions. */
function sides(versions) {
  return [
    ['others ws', `ws ${versions.ws} (Node.js)`],
    ['others websockets', `websockets ${versions.websockets} (Python)`],
    ['others aiohttp', `aiohttp ${versions.aiohttp} (Python)`],
    ['others nginx', `nginx ${versions.nginx} with TLS, in front of ws`],
    ['others haproxy', `HAProxy ${versions.haproxy} with TLS, in front of websockets`],
    ['others own', 'our own server'],
    ['others-nginx nginx', `nginx ${versions.nginx}, reloaded and restarted in mid-flight`],
    ['others-brokers nats', `nats-server ${versions.nats}, its own protocol`],
    ['others-brokers mosquitto', `mosquitto ${versions.mosquitto}, MQTT 3.1.1`],
  ];
}

function passed(answers, key) {
  const results = answers.get(key) ?? [];
  const good = results.filter(({ why }) => why === undefined).length;
  return good === results.length ? String(good) : `**${good} of ${results.length}**`;
}

/** The fates of a socket's messages: of its sudden ends at each server, or through nginx. */
function fates(what, all) {
  const of = (name) => number(sum(all.map((one) => one?.[name])));
  const jumbled = sum(all.map(({ twice, disordered }) => twice + disordered));
  const ends = sum(all.map(({ ends, opens }) => ends ?? opens - 1));
  return [what, of('sent'), of('arrived'), of('unknown'), of('lost'), of('othersLost'), number(jumbled), number(ends), of('overtaken')];
}

/** The channels through nginx, by transport. */
function channels(runs) {
  const rows = [
    ['WebSocket', 'a channel by websocket'],
    ['EventSource and POST', 'a channel by event-stream through'],
    ['a stream by fetch, and POST', 'a channel by fetch-stream through'],
    ['long polling', 'a channel by long-polling through'],
    ['polling', 'a channel by polling through'],
    ['all of them', 'a channel by all'],
    ['EventSource and POST over HTTP/1.1', 'a channel by event-stream over HTTP/1.1'],
    ['a stream by fetch, and POST, over HTTP/1.1', 'a channel by fetch-stream over HTTP/1.1'],
    ['long polling over HTTP/1.1', 'a channel by long-polling over HTTP/1.1'],
    ['polling over HTTP/1.1', 'a channel by polling over HTTP/1.1'],
  ];
  return rows.map(([title, begin]) => {
    const all = runs.map(({ answers }) => foundOf(answers, 'others-nginx nginx', begin)).filter(Boolean);
    const of = (name) => number(sum(all.map((one) => one[name])));
    return [title, of('sent'), of('received'), of('missing'), of('doubled'), of('disordered'), of('ends')];
  });
}

/** `runs`: for each engine its version, how it trusts, and by job and server what each case said. */
export function section(versions, rounds, runs) {
  const names = runs.map(({ version }) => version);
  const suites = ['ws', 'websockets', 'aiohttp', 'own', 'nginx', 'haproxy'].map((name) => `others ${name}`);
  const ofSuites = (begin) => runs.flatMap(({ answers }) => suites.map((suite) => foundOf(answers, suite, begin)).filter(Boolean));
  const ofNginx = runs.map(({ answers }) => foundOf(answers, 'others-nginx nginx', 'a socket through')).filter(Boolean);
  const chosen = runs.map(({ engine, answers }) => `${engine} ${foundOf(answers, 'others ws', 'a server that chooses none')}`);
  const answerOf = (suite) => runs.map(({ answers }) => foundOf(answers, suite, 'code and reason of its own end'));
  const answered = suites.slice(0, 3).map((suite) => `${suite.slice(7)} with ${[...new Set(answerOf(suite))].join(' or ')}`);
  const buffered = runs.map(({ answers }) => foundOf(answers, 'others-nginx nginx', 'a stream that is buffered')?.openedAfter).filter(Boolean);
  const bufferedTwo = runs.map(({ engine, answers }) => `${engine} ${foundOf(answers, 'others-nginx nginx', 'buffered all the same')?.kind}`);
  const ofBroker = (answers, name) => foundOf(answers, `others-brokers ${name}`, 'publishes')?.messages;
  const brokered = sum(runs.map(({ answers }) => sum(['nats', 'mosquitto'].map((name) => ofBroker(answers, name)))));
  return `One client suite for the npm package, the same against each server: open; text, bytes, Blobs; 1 and 16 MiB; 10,000 messages in order; subprotocols; ends by either
side with their codes; sudden ends; a server that is stopped and started; refused upgrades; heartbeat; replacing. How many of its checks passed:

${table(['server', ...names], sides(versions).map(([key, title]) => [title, ...runs.map(({ answers }) => passed(answers, key))]))}

The certificates are of an authority made for the run:

${runs.map(({ version, how }) => `- ${version} ${how}.`).join('\n')}

A certificate of another authority was refused by each: a failed attempt and a retry, for sockets and channels.

\`ReconnectingWebSocket\`, all engines together, with connections reset by the server and through nginx, which was reloaded and restarted ${rounds.nginx} times
in mid-flight. A message whose fate is \`unknown\` may have arrived; every other one has to be there once; each connection's in their order.
Of two connections a server may read the old one's last messages after the new one's first, which the last column counts:

${table(
  ['', 'sent', 'arrived', 'fate unknown', 'of these lost', 'others lost', 'twice or out of order', 'connections lost', 'overtaken by another connection'],
  [fates('reset by the server', ofSuites('a sudden end: it comes back')), fates('through nginx', ofNginx)],
)}

\`Channel\`, through nginx with TLS to our own server, all engines together, with as many reloads and restarts. What asks over HTTP does so in version 2, but in
WebKit, and where it says otherwise; a WebSocket begins with 1.1:

${table(['transport', 'sent and handled', 'received', 'lost', 'doubled', 'out of order', 'connections lost'], channels(runs))}

nats-server and mosquitto were restarted ${rounds.broker} times each. The clients are made by hand (\`torture/page/nats.js\`, \`mqtt.js\`): \`handshake\` says CONNECT and
subscribes, so that after each restart the subscriptions are there again before anything that waited goes out; the protocol's own ping is the heartbeat.
All of ${number(brokered)} messages came back, in order.

What was found of the others:

- A server that chooses none of the subprotocols that were offered: ${chosen.join(', ')}; ours as the browser's own class.
- A close frame with 4001 was answered by ${answered.join(', ')}. What \`close\` tells is the answer, as in the browser's own class.
- WebKitGTK over HTTP/2 does not tell the end of a response whose connection was ended by a reload or restart, not to a bare \`fetch\` either, and keeps that
  connection: after some of them no request to that server is sent any more, and no WebSocket. A channel finds out by
  the stream's silence (a beat and a half, a beat and 5 s at the least) and goes on where it was. HTTP/1.1 for a channel's requests avoids it. (WebKitGTK's library for
  HTTP is libsoup; Safari has another.)
- WebKit takes a close with 1012 or 1013 for a failure (1006); the socket comes back either way.
- A certificate that is not trusted is 1015 in Firefox and 1006 elsewhere.
- nginx with its default buffering passes the event stream on at once, since our server says \`X-Accel-Buffering: no\`. Where that is ignored too, no hello comes
  through over HTTP/1.1, and the channel steps down to long polling (after ${spread(buffered)} ms here, with 300 ms for an attempt); over HTTP/2 it was
  ${bufferedTwo.join(', ')}.
- \`replace()\`: of what the server is sending over the old connection when the new one is there, nothing more is delivered, as no browser delivers anything after
  \`close()\`. What the page has sent all arrives.
- mosquitto 2.0.11 does not start where its only listener is a WebSocket.
`;
}
