import { ReconnectingWebSocket } from 'tautline';
import { echo } from '../shared/echo.js';

onmessage = async ({ data }) => postMessage(await echo(data, ReconnectingWebSocket));
