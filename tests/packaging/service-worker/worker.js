// A service worker has no `import()`: the slim entry needs none.
import { ReconnectingWebSocket, initialize } from 'tautline/slim';
import { echo } from '../shared/echo.js';

initialize(fetch('tautline.wasm'));

addEventListener('message', (event) => {
  event.waitUntil(echo(event.data, ReconnectingWebSocket).then((text) => event.source.postMessage(text)));
});
