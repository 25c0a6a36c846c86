import { useCallback, useEffect, useRef, useState } from 'react';
import { type Phase, ReconnectingWebSocket, type SendData } from 'tautline';

/** A socket that lives as long as the component that uses it: its phase, the last message, and a way to send. */
export function useLive(url: string) {
  const [phase, setPhase] = useState<Phase>('idle');
  const [last, setLast] = useState('');
  const socket = useRef<ReconnectingWebSocket>(null);

  // Made in the effect and closed by its cleanup: StrictMode, which runs both twice, leaves no second socket behind. The same signal
  // ends the listeners, so that the end of an old socket is not shown in the place of the new one's phase.
  useEffect(() => {
    const end = new AbortController();
    const { signal } = end;
    const made = new ReconnectingWebSocket(url, [], { signal });
    made.addEventListener('statechange', (event) => setPhase(event.phase), { signal });
    made.addEventListener('message', (event) => setLast(String(event.data)), { signal });
    setPhase(made.phase);
    socket.current = made;
    return () => end.abort();
  }, [url]);

  const send = useCallback((data: SendData) => socket.current?.send(data), []);
  return { phase, last, send };
}

/** Shows whether there is a connection, and the last message. */
export function Live({ url }: { url: string }) {
  const { phase, last, send } = useLive(url);
  return (
    <>
      <button onClick={() => send('hello')}>Send</button>
      <output>
        {phase}: {last}
      </output>
    </>
  );
}
