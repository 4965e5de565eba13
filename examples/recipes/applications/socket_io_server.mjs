// A server of npm's socket.io that tells prices.

import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tellPort } from './port_file.mjs'

const { Server } = createRequire(new URL('../node/', import.meta.url))('socket.io')

const http = createServer()
const server = new Server(http, { pingInterval: 200 })
server.on('connection', (socket) => {
  socket.on('ask', (symbol) => socket.emit('price', symbol, 17.5))
  socket.on('sum', (one, two, answer) => answer(one + two))
})
http.listen(0, '127.0.0.1', () => tellPort(http.address().port, process.argv[2]))
