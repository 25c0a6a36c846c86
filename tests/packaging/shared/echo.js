// Connects, sends, and shows the echo and whether the machine has come.
/** Fulfils with what is to be shown. */
export async function echo(url, ReconnectingWebSocket) {
  const socket = new ReconnectingWebSocket(url);
  socket.send('hello');
  const text = await new Promise((resolve) => socket.addEventListener('message', ({ data }) => resolve(data), { once: true }));
  const reason = await new Promise((resolve) => {
    socket.addEventListener('plain', ({ error }) => resolve(String(error)));
    const look = () => (socket.managed ? resolve('managed') : setTimeout(look, 5));
    look();
  });
  socket.close();
  const { code } = await socket.closed;
  return `echo: ${text}, ${reason}, closed: ${code}`;
}
