// The channel's module, in a file of its own: in one with text, base64 can't be compressed as well.
export { default } from '#wasm/bytes';
