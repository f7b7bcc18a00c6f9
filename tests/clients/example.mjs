// The example client that the protocol is published with. Only its address is given from outside:
//
//     node --experimental-websocket example.mjs ws://127.0.0.1:8188/ws?clientId=ddcolor-user-001
//
// What it would show on a page it prints, one line each.

const ws = new WebSocket(process.argv[2]);

ws.onopen = () => console.log("open");

ws.onmessage = (event) => {
  const data = JSON.parse(event.data);
  if (data.type == "status") {
    console.log(`status ${data.data.status}`);
  } else if (data.type == "progress") {
    const percent = Math.round((data.data.value / data.data.max) * 100);
    console.log(`progress ${percent}`);
  } else if (data.type == "execution_start") {
    console.log("start");
  } else if (data.type == "execution_stop") {
    console.log("stop");
  }
};

ws.onclose = (event) => console.log(`close ${event.code} ${event.reason}`);
