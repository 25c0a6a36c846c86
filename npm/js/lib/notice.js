/** An event with attributes. */
export function notice(type, detail) {
  const event = new Event(type);
  for (const name of Object.keys(detail)) {
    Object.defineProperty(event, name, { value: detail[name], enumerable: true, configurable: true });
  }
  return event;
}
