// Child processes that listen: started, waited for, ended by their id.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/** How long one may take to start or to end, in milliseconds. */
const PATIENCE = 20_000;

/** Below those that the system gives to connections: a server that is stopped finds its own free again. */
const [FIRST, LAST] = [20_000, 32_000];
const given = new Set();

/** A port that is free, and that is given to nobody else here. */
export async function freePort() {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const say = (so) => {
      socket.destroy();
      resolve(so);
    };
    socket.once('connect', () => say(true)).once('error', () => say(false));
  });
}

export class Child {
  #name;
  #program;
  #args;
  #options;
  #process;
  #ended;

  /** `port`: where it listens; `log`: the file for what it says; `cwd`: its folder. */
  constructor(name, program, args, options) {
    this.#name = name;
    this.#program = program;
    this.#args = args;
    this.#options = options;
  }

  /** Fulfils once it accepts connections. */
  async start() {
    const { port, log, cwd } = this.#options;
    const file = openSync(log, 'a');
    // Debian has servers where only root looks for programs.
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
    const child = spawn(this.#program, this.#args, { cwd, env, stdio: ['ignore', file, file] });
    closeSync(file);
    this.#process = child;
    this.#ended = new Promise((resolve) => child.once('error', resolve).once('exit', (code, signal) => resolve(code ?? signal)));
    let ended;
    this.#ended.then((how) => (ended = { how }));
    const end = Date.now() + PATIENCE;
    // None of them says in a common way that it listens.
    while (!(await accepts(port))) {
      if (ended) throw new Error(`${this.#name} ended with ${ended.how}; see ${log}`);
      if (Date.now() > end) throw new Error(`${this.#name} did not listen within ${PATIENCE} ms; see ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  signal(name) {
    this.#process.kill(name);
  }

  /** Fulfils once it has ended. */
  async stop() {
    if (!this.#process) return;
    this.#process.kill('SIGTERM');
    const late = setTimeout(() => this.#process.kill('SIGKILL'), PATIENCE);
    await this.#ended;
    clearTimeout(late);
  }
}
