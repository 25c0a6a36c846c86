import { useEffect, useRef, useState } from 'react';
import { ReconnectingWebSocket } from 'tautline';

/** Shows whether there is a connection, and the last message. */
export function Live({ url }: { url: string }) {
  const [state, setState] = useState('connecting');
  const [last, setLast] = useState('');
  const socket = useRef<ReconnectingWebSocket | null>(null);

  // Made in the effect and closed by its cleanup: StrictMode, which runs both twice, leaves no second socket behind.
  useEffect(() => {
    const made = new ReconnectingWebSocket(url);
    made.addEventListener('statechange', (event) => setState(event.phase));
    made.addEventListener('message', (event) => setLast(String(event.data)));
    socket.current = made;
    return () => made.close();
  }, [url]);

  return (
    <>
      <button onClick={() => socket.current?.send('hello')}>Send</button>
      <output>
        {state}: {last}
      </output>
    </>
  );
}
