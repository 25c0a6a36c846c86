import { ReconnectingWebSocket, initialize } from 'tautline/slim';
import wasm from 'tautline/tautline.wasm?url';
import { echo } from '../shared/echo.js';
import { show } from '../shared/show.js';

initialize(wasm);
show(echo(new URLSearchParams(location.search).get('url'), ReconnectingWebSocket));
