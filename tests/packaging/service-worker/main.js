import { show } from '../shared/show.js';

const registration = await navigator.serviceWorker.register('worker.js');
await navigator.serviceWorker.ready;
show(new Promise((resolve) => navigator.serviceWorker.addEventListener('message', ({ data }) => resolve(data))));
navigator.serviceWorker.startMessages();
registration.active.postMessage(new URLSearchParams(location.search).get('url'));
