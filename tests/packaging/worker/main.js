import { show } from '../shared/show.js';

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
show(new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data))));
worker.postMessage(new URLSearchParams(location.search).get('url'));
