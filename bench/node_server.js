// The echo server of node's ws, with the lines of servers.py.
const readline = require('node:readline');
const {WebSocketServer, WebSocket} = require('../utest/peers/node/node_modules/ws');

const TEXT = 'x'.repeat(125);
const server = new WebSocketServer({host: '127.0.0.1', port: 0, perMessageDeflate: false}, () =>
  console.log(server.address().port));
server.on('connection', connection =>
  connection.on('message', (message, isBinary) => connection.send(message, {binary: isBinary})));
readline.createInterface({input: process.stdin}).on('line', () => {
  console.log(Number(process.hrtime.bigint()) / 1e9);
  for (const client of server.clients) client.send(TEXT);
});
