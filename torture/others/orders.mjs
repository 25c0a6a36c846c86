// What a page may order: `POST /NAME/stop`, `start`, `reload`. It is answered when it is done.
import { once } from 'node:events';
import { createServer } from 'node:http';

const ORDERS = {
  stop: (child) => child.stop(),
  start: (child) => child.start(),
  reload: (child) => child.signal('SIGHUP'),
};

/** Listens for the orders to these children; gives the address, and a way to end. */
export async function takeOrders(children) {
  const server = createServer(async (request, response) => {
    const [, name, order] = request.url.split('/');
    response.setHeader('access-control-allow-origin', '*');
    try {
      if (request.method !== 'POST' || !children[name] || !ORDERS[order]) throw new Error(`no order: ${request.method} ${request.url}`);
      await ORDERS[order](children[name]);
      response.writeHead(204).end();
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: `http://127.0.0.1:${server.address().port}`, end: () => server.close() };
}
