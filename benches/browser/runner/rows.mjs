// Who is compared. The first row is the measure, and the second the noise: it is the same again.

const javascript = (id, name, label, way = '') => ({ id, kind: 'javascript', name, way, label });
const rust = (name, label, way = '') => ({ id: way ? `${name}:${way}` : name, kind: 'rust', name, way, label });
const ours = (way) => {
  const [socket, how] = way.split('/');
  return rust('tautline', `Tautline ${socket}, ${how}`, way);
};

export const ROWS = [
  javascript('plain', 'plain', 'plain JavaScript'),
  javascript('noise', 'plain', 'plain JavaScript again: the noise'),
  javascript('rival', 'rival', 'reconnecting-websocket'),
  javascript('party', 'party', 'partysocket'),
  javascript('npm', 'tautline', 'Tautline npm ReconnectingWebSocket'),
  rust('bare', 'web-sys by hand'),
  rust('gloo_net', 'gloo-net'),
  rust('ws_stream_wasm', 'ws_stream_wasm'),
  rust('ewebsock', 'ewebsock'),
  rust('tokio_tungstenite_wasm', 'tokio-tungstenite-wasm'),
  ...['callback', 'borrowed', 'lazy', 'stream'].map((how) => ours(`WebSocket/${how}`)),
  ...['callback', 'borrowed', 'lazy', 'stream', 'batch'].map((how) => ours(`ReconnectingWebSocket/${how}`)),
  javascript('channel', 'channel', 'Tautline npm Channel', 'Channel/events'),
  rust('tautline_channel', 'Tautline Channel, callback', 'Channel/events'),
];

/** Its messages come from a channel of the server's: others than those of a flood. */
export const isChannel = ({ way }) => way.startsWith('Channel/');

/** Ways to receive are of no account where nothing is received. */
export function isOnlyAboutReceiving({ way }) {
  return way !== '' && !way.endsWith('/callback');
}
