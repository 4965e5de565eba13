// A JSON-RPC 2.0 server of the npm package rpc-websockets, with notifications.

import { createRequire } from 'node:module'
import { tellPort } from './port_file.mjs'

const { Server } = createRequire(new URL('../node/', import.meta.url))('rpc-websockets')

const server = new Server({ host: '127.0.0.1', port: 0 })
server.event('progress')
server.register('add', ([a, b]) => a + b)
server.register('build', ({ target }) => {
  server.emit('progress', 50)
  server.emit('progress', 100)
  return `${target} done`
})
server.on('listening', () => tellPort(server.wss.address().port, process.argv[2]))
