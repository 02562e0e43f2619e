// The floor of live data: sockets of node:net, one hand-written statement a hint, one text an event, one write a socket. No GraphQL, no identity, no checks.
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import postgres from "postgres";

const { url } = JSON.parse(process.argv[2]);
const sql = postgres(url, { max: 4, connection: { application_name: "bench-live-floor" } });
const opaque = (...parts) => Buffer.from(parts.join(":")).toString("base64url");
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 0x81;
const subscribers = new Map();

function frame(text) {
  const body = Buffer.byteLength(text);
  const head = body < 126 ? 2 : 4;
  const bytes = Buffer.allocUnsafe(head + body);
  bytes[0] = TEXT;
  bytes[1] = head === 2 ? body : 126;
  if (head === 4) bytes.writeUInt16BE(body, 2);
  bytes.write(text, head);
  return bytes;
}

// A client's frames, as short as those of this benchmark.
function* textsOf(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1] & 0x7f;
    const mask = at + (short === 126 ? 4 : 2);
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    yield Buffer.from(bytes.subarray(mask + 4, mask + 4 + length).map((byte, i) => byte ^ bytes[mask + (i % 4)])).toString();
    at = mask + 4 + length;
  }
}

function greet(socket, head) {
  const key = /sec-websocket-key: (\S+)/i.exec(head)[1];
  const accept = createHash("sha1").update(key + GUID).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n`);
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.once("data", (head) => {
    greet(socket, head.toString());
    socket.on("data", (bytes) => {
      for (const text of textsOf(bytes)) {
        const { type, id } = JSON.parse(text);
        if (type === "connection_init") socket.write(frame('{"type":"connection_ack"}'));
        else if (type === "subscribe") subscribers.set(socket, `{"id":"${id}","type":"next","payload":`);
      }
    });
  });
  socket.on("error", () => {}).once("close", () => subscribers.delete(socket));
});

const read = new Map();
await sql.listen("assay_seals", async (hint) => {
  for (const [projectId, seq] of JSON.parse(hint)) {
    const after = read.get(projectId) ?? seq - 1;
    read.set(projectId, seq);
    const events = await sql`select s.seq, e.type, e.subject_type, e.subject_id, e.recorded_at, e.from_state, e.to_state, e.payload
      from event_seals s join events e on e.project_id = s.project_id and e.id = s.event_id
      where s.project_id = ${projectId} and s.seq > ${after} and s.seq <= ${seq} order by s.seq`;
    for (const each of events) {
      const subject = { type: each.subject_type, id: opaque(each.subject_type, each.subject_id) };
      const event = { type: each.type, cursor: opaque(projectId, each.seq), subject, recordedAt: each.recorded_at, fromState: each.from_state, toState: each.to_state, payload: each.payload };
      const text = `${JSON.stringify({ data: { projectEvents: event } })}}`;
      for (const [socket, prefix] of subscribers) socket.write(frame(prefix + text));
    }
  }
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
