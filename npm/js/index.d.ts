/**
 * A drop-in for the browser's WebSocket that stays up.
 *
 * @packageDocumentation
 */
import { ReconnectingWebSocket } from './types.js';

export * from './types.js';
/** The same class under the name that it takes the place of. */
export { ReconnectingWebSocket as WebSocket };
export default ReconnectingWebSocket;
