// The faults: what each does to a link, with what the seed draws, and who has to notice it.

/** Numbers that depend on nothing but the text: the same cell with the same seed draws the same. */
export class Dice {
  #state = 0x811c9dc5;

  constructor(text) {
    for (const char of text) this.#state = Math.imul(this.#state ^ char.charCodeAt(0), 0x01000193);
  }

  /** From 0 to below 2^32 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number, both ends included. */
  from(least, most) {
    return least + (this.next() % (most - least + 1));
  }

  pick(list) {
    return list[this.from(0, list.length - 1)];
  }
}

const how = (dice) => `how=${dice.pick(['fin', 'reset'])}`;

/** Who holds a connection all the time, both ways or one way. The others ask again by themselves, so that they may notice nothing. */
const SOCKETS = ['ReconnectingWebSocket', 'websocket', 'websocket-stream', 'ladder'];
const STREAMS = ['event-stream', 'fetch-stream'];
const HOLDERS = [...SOCKETS, ...STREAMS];
const EVERYBODY = [...HOLDERS, 'long-polling', 'polling'];

/**
 * `steps` of the link's script. `must`: who has to notice; `may`: who can; nobody else is to. `struck`: the fault waits for what passes.
 * `then`: steps once the client has noticed, without which the fault goes on.
 */
export const FAULTS = {
  none: { steps: () => ['0 thaw'], must: [], may: [] },
  'delay and jitter': {
    steps: (dice) => [`0 delay ms=${dice.from(20, 80)}&jitter_ms=${dice.from(20, 120)}`, `${dice.from(500, 900)} delay`],
    must: [],
    may: [],
  },
  limit: { steps: (dice) => [`0 limit rate=${dice.from(5000, 12_000)}`, `${dice.from(500, 900)} limit rate=0`], must: [], may: [] },
  'freeze, short': { steps: (dice) => ['0 freeze', `${dice.from(150, 350)} thaw`], must: [], may: [] },
  'freeze, until noticed': { steps: () => ['0 freeze'], then: (dice) => [`0 cut ${how(dice)}`, '0 thaw'], must: EVERYBODY, may: [] },
  'cut by FIN': { steps: () => ['0 cut how=fin'], must: HOLDERS, may: EVERYBODY },
  'cut by RST': { steps: () => ['0 cut how=reset'], must: HOLDERS, may: EVERYBODY },
  'cut inside of a frame, down': { steps: (dice) => [`0 cut-after way=down&${how(dice)}`], struck: 1, must: SOCKETS, may: EVERYBODY },
  'cut inside of a frame, up': { steps: (dice) => [`0 cut-after way=up&${how(dice)}`], struck: 1, must: SOCKETS, may: EVERYBODY },
  'half-closed to the client': { steps: () => ['0 half-close side=client'], must: HOLDERS, may: EVERYBODY },
  'half-closed to the server': { steps: () => ['0 half-close side=server'], must: HOLDERS, may: EVERYBODY },
  'corrupted framing, down': { steps: () => ['0 corrupt way=down'], struck: 1, must: SOCKETS, may: EVERYBODY },
  'corrupted framing, up': { steps: () => ['0 corrupt way=up'], struck: 1, must: SOCKETS, may: EVERYBODY },
  'cut, then hanging': { steps: (dice) => ['0 hang', `0 cut ${how(dice)}`, `${dice.from(400, 900)} thaw`], must: HOLDERS, may: EVERYBODY },
  'cut, then refused': { steps: (dice) => ['0 stop', `${dice.from(300, 700)} start`], must: HOLDERS, may: EVERYBODY },
  'cut, the next dropped': { steps: (dice) => [`0 drop-next count=${dice.from(2, 4)}`, '0 cut'], must: HOLDERS, may: EVERYBODY },
};

/** The clients by the names that the report has for them. */
export const CLIENTS = ['ReconnectingWebSocket', 'websocket', 'websocket-stream', 'event-stream', 'fetch-stream', 'long-polling', 'polling', 'ladder'];

/**
 * Chromium 156 itself crashes the tab where the connection of a WebSocketStream breaks while the page writes: so nothing is sent over one
 * when a fault breaks it.
 */
export const isHushed = (fault, client) => client === 'websocket-stream' && FAULTS[fault].must.length > 0 && !FAULTS[fault].then;

/** Which cells an engine has. */
export function cellsOf(engine) {
  const clients = CLIENTS.filter((client) => client !== 'websocket-stream' || engine === 'chrome');
  const all = Object.keys(FAULTS).flatMap((fault) => clients.map((client) => ({ fault, client })));
  // What befalls only what is sent.
  return all.filter(({ fault, client }) => !(isHushed(fault, client) && fault.endsWith(', up')));
}
