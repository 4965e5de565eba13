// A client of npm's @microsoft/signalr that negotiates, asks for a price, and sends it back.

import { createRequire } from 'node:module'

const { HubConnectionBuilder, LogLevel } = createRequire(new URL('../node/', import.meta.url))('@microsoft/signalr')

const url = `${process.argv[2].replace('ws', 'http')}hub`
const hub = new HubConnectionBuilder().withUrl(url).configureLogging(LogLevel.Warning).build()
hub.on('news', (text) => hub.send('read', text))
await hub.start()
await hub.send('paid', await hub.invoke('price', 'ACME'))
