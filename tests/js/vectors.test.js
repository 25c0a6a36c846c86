// The values of tests/vectors/values.json. The Rust types are held against the same file. Where a browser has a say, its own class is
// the judge: with the same value it does the same, or the test names the engine that does otherwise.
import { expect } from './chai/index.js';
import { ReconnectingWebSocket, closeAll, connect, engine, url } from './support.js';

const vectors = await (await fetch('vectors/values.json')).json();
const { WebSocket } = globalThis;

/** The name of what a function throws. */
function thrown(attempt) {
  try {
    attempt();
  } catch (error) {
    return error.name;
  }
  return 'nothing';
}

/** What the constructor says, without a connection: the browser's class connects, so it is closed at once. */
function native(...values) {
  return thrown(() => new WebSocket(...values).close());
}

function ours(to, protocols) {
  return thrown(() => connect(to, protocols, { startClosed: true }));
}

describe('values that are checked at once', () => {
  afterEach(closeAll);

  it('takes and refuses close codes as the vectors and the browser do', () => {
    for (const [code, expected] of [
      ...vectors.closeCodes.accepted.map((value) => [value, 'nothing']),
      ...vectors.closeCodes.refused.map((value) => [value, 'InvalidAccessError']),
    ]) {
      expect(thrown(() => connect(url('/echo')).close(code)), `${code}`).to.equal(expected);
      expect(thrown(() => new WebSocket(url('/echo')).close(code)), `${code} natively`).to.equal(expected);
    }
  });

  it('converts a close code as WebIDL does', () => {
    for (const value of [1000.4, '1000', NaN, null, -1, 70_000, Infinity, [3000], {}, true]) {
      const expected = thrown(() => new WebSocket(url('/echo')).close(value));
      expect(thrown(() => connect(url('/echo')).close(value)), String(value)).to.equal(expected);
    }
    // Ties go to the even number; Chromium cuts them off.
    for (const [value, expected] of [
      [999.5, 'nothing'],
      [1000.5, 'nothing'],
      [4999.5, 'InvalidAccessError'],
    ]) {
      expect(thrown(() => connect(url('/echo')).close(value)), String(value)).to.equal(expected);
    }
  });

  it('measures close reasons in bytes of UTF-8', () => {
    for (const { text, repeat = 1, bytes } of vectors.closeReasons) {
      const reason = text.repeat(repeat);
      const expected = bytes > 123 ? 'SyntaxError' : 'nothing';
      expect(thrown(() => connect(url('/echo')).close(1000, reason)), reason).to.equal(expected);
      expect(thrown(() => new WebSocket(url('/echo')).close(1000, reason)), `${reason} natively`).to.equal(expected);
    }
    // A lone surrogate becomes U+FFFD: three bytes.
    expect(thrown(() => connect(url('/echo')).close(1000, '\uD800'.repeat(41)))).to.equal('nothing');
    expect(thrown(() => connect(url('/echo')).close(1000, '\uD800'.repeat(42)))).to.equal('SyntaxError');
  });

  it('takes and refuses subprotocols as the vectors and the browser do', () => {
    for (const list of vectors.protocols.accepted) {
      expect(ours(url('/protocol'), list), JSON.stringify(list)).to.equal('nothing');
      expect(native(url('/protocol'), list), `${JSON.stringify(list)} natively`).to.equal('nothing');
    }
    for (const list of vectors.protocols.refused) {
      expect(ours(url('/protocol'), list), JSON.stringify(list)).to.equal('SyntaxError');
      expect(native(url('/protocol'), list), `${JSON.stringify(list)} natively`).to.equal('SyntaxError');
    }
  });

  it('resolves and refuses URLs as the vectors and the browser do', () => {
    for (const [text, resolved] of vectors.urls.accepted) {
      expect(connect(text, [], { startClosed: true }).url, text).to.equal(resolved);
    }
    for (const text of vectors.urls.refused) {
      expect(ours(text), text).to.equal('SyntaxError');
      expect(native(text), `${text} natively`).to.equal('SyntaxError');
    }
    expect(connect('/echo', [], { startClosed: true }).url).to.equal(url('/echo'));
  });

  it('keeps what must stay secret out of its errors', () => {
    let error;
    try {
      connect('ws://ann:secret@[1::2::3]/live?token=abc#top');
    } catch (caught) {
      error = caught;
    }
    expect(error).to.be.instanceOf(DOMException);
    expect(error.message).not.to.match(/secret|token|abc|top/);
    expect(thrown(() => connect(url('/echo'), ['secret token']))).to.equal('SyntaxError');
  });

  it('has the ready states on the class and on its prototype', () => {
    for (const [name, value] of Object.entries(vectors.readyStates)) {
      expect(ReconnectingWebSocket[name]).to.equal(value);
      expect(ReconnectingWebSocket.prototype[name]).to.equal(value);
    }
    expect(engine).to.be.oneOf(['chromium', 'firefox', 'webkit']);
  });
});
