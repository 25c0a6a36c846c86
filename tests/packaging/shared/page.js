import { ReconnectingWebSocket } from 'tautline';
import { echo } from './echo.js';
import { show } from './show.js';

show(echo(new URLSearchParams(location.search).get('url'), ReconnectingWebSocket));
