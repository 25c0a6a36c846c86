// The demo's pure modules, without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEXT_PREVIEW, formatTime, previewText } from '../../www/format.js';
import { explainHeader } from '../../www/frame-view.js';
import { HexError, formatHex, parseHex } from '../../www/hex.js';
import { PRESETS } from '../../www/presets.js';
import { STRINGS } from '../../www/strings.js';
import { resolveTarget } from '../../www/target.js';
import { headerOf, statusOf } from '../../www/wire-panel.js';

test('hex is read in every usual spelling', () => {
  for (const text of ['01 02 ff', '0102FF', '0x01, 0x02, 0xff', '01:02:ff', ' 0x0102\n ff ']) {
    assert.deepEqual(parseHex(text), Uint8Array.of(1, 2, 255), text);
  }
  assert.deepEqual(parseHex('  '), new Uint8Array());
  assert.equal(formatHex(Uint8Array.of(0, 10, 255)), '00 0a ff');
});

test('hex that is wrong is named with its place', () => {
  const error = (text) => {
    try {
      parseHex(text);
    } catch (thrown) {
      assert.ok(thrown instanceof HexError);
      return [thrown.key, thrown.params];
    }
    return assert.fail(text);
  };
  assert.deepEqual(error('00 zz'), ['hexBadDigit', { character: 'z', position: 4 }]);
  assert.deepEqual(error('0x0👋'), ['hexBadDigit', { character: '👋', position: 4 }]);
  assert.deepEqual(error('00 123'), ['hexHalfByte', { group: '123' }]);
  assert.deepEqual(error('0x'), ['hexHalfByte', { group: '0x' }]);
});

test('a long text is cut between characters', () => {
  const text = `${'a'.repeat(TEXT_PREVIEW - 1)}👋b`;
  assert.deepEqual(previewText(text), { shown: 'a'.repeat(TEXT_PREVIEW - 1), more: 3 });
  assert.deepEqual(previewText('short'), { shown: 'short', more: 0 });
});

test('times below a second are milliseconds', () => {
  assert.equal(formatTime(999.94), '999.9 ms');
  assert.equal(formatTime(1000), '1.000 s');
});

test('only the page’s own server gets a wire parameter', () => {
  const page = 'http://localhost:8080/';
  const target = (typed) => resolveTarget(typed, page, 'id');
  const feed = 'ws://localhost:8080/wire/id';
  assert.deepEqual(target('ws://localhost:8080'), { url: 'ws://localhost:8080/?wire=id', feed, host: 'localhost:8080' });
  assert.deepEqual(target('/echo?a=%20b'), { url: 'http://localhost:8080/echo?a=%20b&wire=id', feed, host: 'localhost:8080' });
  assert.equal(target('ws://localhost:8080/?wire=mine').feed, 'ws://localhost:8080/wire/mine');
  assert.equal(target('ws://localhost:8080/#part').url, 'ws://localhost:8080/?wire=id#part');
  for (const other of ['ws://localhost:8081/', 'wss://localhost:8080/', 'ftp://localhost:8080/']) {
    assert.equal(target(other).url, other);
    assert.equal(target(other).feed, null);
  }
  assert.deepEqual(target('ws://a:99999/'), { url: 'ws://a:99999/', feed: null, host: null });
  assert.equal(resolveTarget('/', 'https://a.test/', 'id').feed, 'wss://a.test/wire/id');
});

test('frame headers of each length are taken apart', () => {
  const groups = (hex) => explainHeader(parseHex(hex)).map(({ hex: bytes, notes }) => [bytes, ...notes.map(([key]) => key)]);
  assert.deepEqual(groups('81 05'), [['81', 'finSet', 'rsv', 'opcode'], ['05', 'maskUnset', 'length']]);
  assert.deepEqual(groups('02 fe 01 00 0a 0b 0c 0d'), [
    ['02', 'finUnset', 'rsv', 'opcode'],
    ['fe', 'maskSet', 'length16'],
    ['01 00', 'extendedLength'],
    ['0a 0b 0c 0d', 'maskKey'],
  ]);
  const [, , length] = explainHeader(parseHex('82 7f 00 20 00 00 00 00 00 01'));
  assert.equal(length.notes[0][1].length, 9_007_199_254_740_993n);
  // A connection that ended within a header.
  assert.deepEqual(groups('81'), [['81']]);
});

test('status and headers are found in an answer’s head', () => {
  const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nsec-websocket-accept:  x= \r\n\r\n';
  assert.equal(statusOf(head), '101');
  assert.equal(headerOf(head, 'Sec-WebSocket-Accept'), 'x=');
  assert.equal(headerOf(head, 'Set-Cookie'), null);
});

test('every language has the same strings with the same places', () => {
  // Chinese has no form of its own for one.
  const places = (strings) =>
    Object.fromEntries(
      Object.entries(strings)
        .filter(([key]) => !key.endsWith('One'))
        .map(([key, text]) => [key, (text.match(/\{\w+\}/g) ?? []).sort().join()]),
    );
  assert.deepEqual(places(STRINGS['zh-Hans']), places(STRINGS.en));
  for (const { id } of PRESETS) assert.ok(STRINGS.en[`preset_${id}`] && STRINGS.en[`preset_${id}_hint`], id);
});
