// The names of properties that only `js/lib` sees, which the build makes short. None of them may be one of the package's interface, of its
// options, of what the machine tells or reads by name, or of a host's object that `js/lib` uses.
export const INTERNAL = `
  adopt adopting afterwards alone announced answer asksAgain attach awaits
  begin buffered callback carrier clock closeWith comes comesBack conclude core count
  deliver detach direct dispatch
  end endWire entry finish follow
  greeted greetings handler handOver held inbox inherit inner isAtWork isClosing isDirect isFixed isOpen isShowing
  later listen listeners loaded lose loseMachine
  machine measured native needsMachine nextTimeout note notSent number
  onClose onError onMessage onOpen order ours outer
  pass pilot probed putBack queue
  receipts receive receivedBytes rejected rest rests resolved route run
  seen sending sendNow setBinaryType setHandler settings settle show shown sink skip firstForMessages spoilt stall start sunk
  take tellFate tellOne unlisten unresolved until validFor verdict wants watchPage wire wires withdraw work
`.trim().split(/\s+/);
