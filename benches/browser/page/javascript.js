// The JavaScript clients. All have the interface of the browser's class, so one set of jobs does.
import { WebSocket as PartySocket } from 'partysocket';
import RivalWebSocket from 'reconnecting-websocket';
import { ReconnectingWebSocket } from 'tautline';
import { Channel } from 'tautline/channel';

const TEXT = 'a message that has 32 bytes, yes';

/** The jobs for a class. */
function jobs(Class) {
  const connect = (url) => {
    const socket = new Class(url);
    socket.binaryType = 'arraybuffer';
    return socket;
  };
  const next = (socket, type) => new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));
  return {
    receive: (_, url, count) =>
      new Promise((resolve) => {
        let left = count;
        let sum = 0;
        connect(url).onmessage = ({ data }) => {
          if (typeof data === 'string') {
            sum += data.length + data.charCodeAt(0);
          } else {
            const bytes = new Uint8Array(data);
            sum += bytes.length + bytes[0];
          }
          left -= 1;
          if (left === 0) resolve(sum);
        };
      }),
    echo: (_, url, count) =>
      new Promise((resolve) => {
        const laps = [];
        let start;
        const socket = connect(url);
        const send = () => {
          start = performance.now();
          socket.send(TEXT);
        };
        socket.onopen = send;
        socket.onmessage = () => {
          laps.push(performance.now() - start);
          if (laps.length < count) send();
          else resolve(Float64Array.from(laps));
        };
      }),
    cycle: async (_, url) => {
      const socket = connect(url);
      await next(socket, 'open');
      const closed = next(socket, 'close');
      socket.close();
      await closed;
    },
    Sending: {
      async open(_, url) {
        const socket = connect(url);
        await next(socket, 'open');
        return {
          send(count) {
            for (let n = 0; n < count; n += 1) socket.send(TEXT);
          },
        };
      },
    },
  };
}

/** Of a channel only what it costs to receive is of interest: its connections are the browser's. */
const channel = {
  receive: (_, url, count) =>
    new Promise((resolve) => {
      let left = count;
      let sum = 0;
      const from = new Channel(url, { remember: false });
      from.onmessage = ({ data }) => {
        if (typeof data === 'string') {
          sum += data.length + data.charCodeAt(0);
        } else {
          const bytes = new Uint8Array(data);
          sum += bytes.length + bytes[0];
        }
        left -= 1;
        if (left === 0) resolve(sum);
      };
    }),
};

export const clients = {
  plain: jobs(WebSocket),
  rival: jobs(RivalWebSocket),
  party: jobs(PartySocket),
  tautline: jobs(ReconnectingWebSocket),
  channel,
};
