// How a client of node's ws takes what a server does: `ws_reaction.mjs URL [CLOSE_TIMEOUT]`. See websockets_reaction.py.

import { createRequire } from 'node:module'

const { WebSocket } = createRequire(new URL('../../utest/peers/node/', import.meta.url))('ws')

const MUCH = 16 * 1024 * 1024
const [url, closeTimeout] = process.argv.slice(2)
const socket = new WebSocket(url, { perMessageDeflate: false, closeTimeout: Number(closeTimeout ?? 30000) })
const tell = (...news) => console.log(...news) // the suite reads it

socket.on('message', (data, isBinary) => {
  if (String(data) === 'please close') {
    socket.close(4001, 'done')
  } else if (String(data) === 'please send much') {
    const began = performance.now()
    socket.send(Buffer.alloc(MUCH), () => tell(performance.now() - began > 300 ? 'had to wait' : 'sent at once'))
  } else {
    socket.send(data, { binary: isBinary })
  }
})
socket.on('error', (error) => tell(error.message))
socket.on('close', (code, reason) => tell(`closed ${code} ${reason}`.trim()))
