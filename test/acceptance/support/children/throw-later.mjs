/** An error that nobody awaits, in the midst of the command. */
setTimeout(() => {
  throw new TypeError("the socket has no peer");
}, 1);
