// What the drivers over HTTP have in common: requests that receive, and POSTs that send.
import { Requests } from './request.js';
import { Uplink } from './uplink.js';

export class HttpDriver {
  link;
  requests;
  uplink;
  /** Whether the server's beats come. */
  hasBeats = false;

  constructor(link) {
    this.link = link;
    this.requests = new Requests(link.settings);
    this.uplink = new Uplink(link);
  }

  send({ number }) {
    // A beat can't be asked for here.
    if (number > 0) this.uplink.wake();
  }

  /** Ends with what is to be sent. */
  leave() {
    this.stopReceiving();
    this.uplink.drain(() => this.link.left());
  }

  stop() {
    this.stopReceiving();
    this.uplink.stop();
  }

  stopReceiving() {
    this.requests.stop();
  }

  /** Runs what receives: what it throws ends the link, unless it was stopped. */
  run(receive) {
    receive().catch((error) => {
      if (!this.requests.isStopped) this.link.fail(error);
    });
  }
}
