'use client';
import { ReconnectingWebSocket } from 'tautline';
import { useEffect, useState } from 'react';
import { echo } from '../../shared/echo.js';

// Made where the module is loaded, so on the server too: there it does nothing.
const early = new ReconnectingWebSocket('wss://localhost:1/never', [], { startClosed: true });
const onServer = typeof window === 'undefined' ? new ReconnectingWebSocket('/live') : undefined;

export function Live() {
  const [text, setText] = useState(onServer ? `rendered on the server, ${onServer.readyState}, ${early.readyState}` : '');
  useEffect(() => {
    echo(new URLSearchParams(location.search).get('url'), ReconnectingWebSocket).then(setText);
  }, []);
  return <output suppressHydrationWarning>{text}</output>;
}
