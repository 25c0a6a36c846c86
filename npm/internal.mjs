// The names of properties that only `js/lib` sees, which the build makes short. None of them may be one of the package's interface, of its
// options, of what the machine tells or reads by name, or of a host's object that `js/lib` uses.
export const INTERNAL = `
  adopt adopting after afterwards alone announced answer asksAgain attach awaits begin buffered callback carrier clock closeWith comes
  comesBack conclude connect core count deliver detach direct dispatch end endWire enter entry fateOf finish firstForMessages follow
  greetings handler handOver held inbox inherit inner isAtWork isClosing isDirect isFixed isOpen isShowing later listen listeners loaded
  lose loseMachine machine native needsMachine note onClose onError onMessage onOpen order ours outer output pass pilot putBack queue
  receipts receive receivedBytes rest rests run seen sending setBinaryType setHandler settings settle show shown sink skip spoilt start
  sunk take tell tellClose tellError tellFate tellOne tellOpen unlisten until validFor wants watchPage wire wires work
`.trim().split(/\s+/);
