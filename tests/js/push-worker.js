// One transport after the other, as told: opens, sends, gets it back, closes.
import { closePipes, kinds } from './push-support.js';

let base;
const left = [...kinds];

onmessage = async ({ data }) => {
  if (data !== 'next') {
    base = data;
    return;
  }
  const { name, make } = left.shift();
  const pipe = make(`${base}-${left.length}`);
  const seen = [name];
  pipe.onopen = () => {
    seen.push('open');
    pipe.send('hello');
  };
  pipe.onmessage = (event) => {
    seen.push(event.data);
    pipe.close(4000);
  };
  pipe.onclose = async ({ code }) => {
    seen.push(code);
    await closePipes();
    postMessage(seen);
  };
};
