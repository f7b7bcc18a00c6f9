// Prints every message that a socket receives, one a line, until the socket closes:
//
//     node --experimental-websocket record.mjs "ws://127.0.0.1:8188/ws?clientId=ID&token=TOKEN"

const ws = new WebSocket(process.argv[2]);
ws.onmessage = (event) => console.log(event.data);
ws.onclose = (event) => console.error(`closed: ${event.code} ${event.reason}`);
