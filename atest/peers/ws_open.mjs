// Opens a connection with node's ws, and prints how the client took it: `ws_open.mjs URL TIMEOUT REDIRECTS SUBPROTOCOL…`

import { createRequire } from 'node:module'

const { WebSocket } = createRequire(new URL('../../utest/peers/node/', import.meta.url))('ws')

const [url, handshakeTimeout, redirects, ...subprotocols] = process.argv.slice(2)
const socket = new WebSocket(url, subprotocols, {
  handshakeTimeout: Number(handshakeTimeout),
  followRedirects: Number(redirects) > 0,
  maxRedirects: Number(redirects),
})
socket.on('open', () => {
  console.log(`opened ${socket.protocol}`.trim())
  socket.close()
})
socket.on('error', (error) => console.log(error.message))
