// A client of npm's socket.io-client with its default transports: it polls first, and then upgrades.

import { createRequire } from 'node:module'

const { io } = createRequire(new URL('../node/', import.meta.url))('socket.io-client')

const socket = io(process.argv[2].replace('ws', 'http'))
socket.io.engine.once('upgrade', () => socket.emit('ask', 'ACME'))
socket.on('price', (symbol, price) => socket.emit('thanks', symbol, price))
