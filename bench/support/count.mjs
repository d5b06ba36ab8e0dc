/**
 * Preloaded into a command (`NODE_OPTIONS=--import=…`). Counts HTTP requests and the bytes on all sockets, and writes
 * the totals to the file `BENCH_COUNT` on exit.
 */
import { subscribe } from "node:diagnostics_channel";
import { writeFileSync } from "node:fs";

const requests = [];
const sockets = new Set();

subscribe("http.client.request.start", ({ request }) => {
  requests.push({ host: request.getHeader("host"), method: request.method, path: request.path });
  if (request.socket) sockets.add(request.socket);
  else request.on("socket", (socket) => sockets.add(socket));
});

process.on("exit", () => {
  const bytes = [...sockets].reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0);
  const cpuMs = Object.values(process.cpuUsage()).reduce((sum, us) => sum + us, 0) / 1000;
  writeFileSync(process.env.BENCH_COUNT, JSON.stringify({ requests, bytes, cpuMs }));
});
