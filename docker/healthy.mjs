// Exit code 0 when the process on that port of this container says that it is ready.
const [port] = process.argv.slice(2);
const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
process.exit(answer?.ok ? 0 : 1);
