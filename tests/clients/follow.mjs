// Follows the platform's events with the clients that front ends use; prints what it hears, a line for each.
// node follow.mjs ADDRESS TOKEN
import { createClient as overSocket } from "graphql-ws";
import { createClient as overEvents } from "graphql-sse";
import WebSocket from "ws";

const [address, authorization] = process.argv.slice(2);
const query = `subscription ($after: String) {
  issueEvents(after: $after) { type resumeToken issue { code } }
}`;
const say = (way, what) => console.log(JSON.stringify({ way, ...what }));

const socket = overSocket({
  url: `ws://${address}`,
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
  retryAttempts: 0,
  on: { connected: (_, payload) => say("socket", { connected: payload.resumeToken }) },
});
const events = overEvents({
  url: `http://${address}`,
  headers: { authorization },
  retryAttempts: 0,
  onMessage: (message) => message.event === "complete" && say("events", { completed: true }),
});

for (const [way, client] of Object.entries({ socket, events })) {
  client.subscribe(
    { query },
    {
      next: ({ data, errors }) => say(way, { errors, event: data?.issueEvents }),
      error: (error) => say(way, { error: String(error.reason ?? error.message ?? error) }),
      complete: () => say(way, { completed: true }),
    },
  );
}
// A query over each of them, as a client does that keeps one connection.
for (const [way, client] of Object.entries({ socket, events })) {
  client.subscribe(
    { query: "{ viewer { subject } }" },
    {
      next: ({ data }) => say(way, { viewer: data.viewer.subject }),
      error: (error) => say(way, { error: String(error) }),
      complete: () => {},
    },
  );
}
process.stdin.resume().on("end", () => process.exit(0));
