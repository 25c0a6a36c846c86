// The servers of one engine's run: each knows its name, its version, where it is, and how to stop and start it.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { Child, freePort } from './children.mjs';

const HERE = import.meta.dirname;

/** What a program says of its version. */
function asked(program, ...args) {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const text = execFileSync('sh', ['-c', '"$0" "$@" 2>&1 || true', program, ...args], { env, encoding: 'utf8' });
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? '?';
}

export function versions(python) {
  const ofPython = (name) => asked(python, '-c', `import ${name}; print(${name}.__version__)`);
  return {
    ws: createRequire(import.meta.url)('ws/package.json').version,
    websockets: ofPython('websockets'),
    aiohttp: ofPython('aiohttp'),
    nginx: asked('nginx', '-v'),
    haproxy: asked('haproxy', '-v'),
    nats: asked('nats-server', '--version'),
    mosquitto: asked('mosquitto', '-h'),
  };
}

/** Starts all of them. `folder` has the certificates; `program` is our own server's. */
export async function startServers({ folder, python, program }) {
  const names = ['ws', 'websockets', 'aiohttp', 'own', 'nginx', 'haproxy', 'nats', 'mosquitto', 'strange', 'http1', 'natsPlain', 'mosquittoPlain'];
  const ports = {};
  for (const name of names) ports[name] = await freePort();
  const log = (name) => path.join(folder, `${name}.log`);
  const child = (name, program, ...args) => new Child(name, program, args.map(String), { port: ports[name], log: log(name), cwd: folder });
  const here = (name) => path.join(HERE, name);
  /** Fills in a configuration; gives its path. */
  const configured = async (name, values) => {
    const text = (await readFile(here(name), 'utf8')).replace(/@([A-Z]+)@/g, (_, key) => values[key]);
    await writeFile(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const user = os.userInfo().username;
  const conf = {
    nginx: await configured('nginx.conf', { USER: user, PORT: ports.nginx, ONE: ports.http1, STRANGE: ports.strange, BACKEND: ports.ws, OWN: ports.own }),
    haproxy: await configured('haproxy.cfg', { PORT: ports.haproxy, BACKEND: ports.websockets }),
    nats: await configured('nats.conf', { PORT: ports.nats, OTHER: ports.natsPlain }),
    mosquitto: await configured('mosquitto.conf', { USER: user, PORT: ports.mosquitto, OTHER: ports.mosquittoPlain }),
  };
  await mkdir(path.join(folder, 'body'), { recursive: true });
  const children = {
    ws: child('ws', process.execPath, here('ws.mjs'), ports.ws),
    websockets: child('websockets', python, here('websockets_server.py'), ports.websockets),
    aiohttp: child('aiohttp', python, here('aiohttp_server.py'), ports.aiohttp),
    own: child('own', program, '--port', ports.own),
    nginx: child('nginx', 'nginx', '-p', folder, '-e', 'error.log', '-c', conf.nginx),
    haproxy: child('haproxy', 'haproxy', '-db', '-f', conf.haproxy),
    nats: child('nats', 'nats-server', '-c', conf.nats),
    mosquitto: child('mosquitto', 'mosquitto', '-c', conf.mosquitto),
  };
  const stop = () => Promise.all(Object.values(children).map((each) => each.stop()));
  try {
    await Promise.all(Object.values(children).map((each) => each.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  const plain = (name) => ({ name, url: `ws://127.0.0.1:${ports[name]}`, deflates: true });
  const secure = (name) => ({ ...plain(name), url: `wss://127.0.0.1:${ports[name]}` });
  return {
    children,
    stop,
    /** Those that the one suite runs against. */
    suite: [plain('ws'), plain('websockets'), plain('aiohttp'), { ...plain('own'), deflates: false, isOwn: true }, secure('nginx'), secure('haproxy')],
    /** nginx with a certificate of the other authority. */
    strange: `127.0.0.1:${ports.strange}`,
    http1: `127.0.0.1:${ports.http1}`,
    nginx: `127.0.0.1:${ports.nginx}`,
    own: `127.0.0.1:${ports.own}`,
    nats: `ws://127.0.0.1:${ports.nats}`,
    mosquitto: `ws://127.0.0.1:${ports.mosquitto}`,
  };
}
